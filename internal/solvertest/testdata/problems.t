# The kinds of problems that a user meets most.
repo base 99 testtags <inline>
#>=Ver: 3.0
#>=Pkg: app 1 1 x86_64
#>=Prv: app = 1-1
#>=Req: libx >= 2
#>=Req: web | http
#>=Pkg: libx 1.9 1 x86_64
#>=Prv: libx = 1.9-1
#>=Pkg: web 3 1 x86_64
#>=Prv: web = 3-1
#>=Pkg: http 3 1 noarch
#>=Prv: http = 3-1
#>=Pkg: bad 1 1 x86_64
#>=Prv: bad = 1-1
#>=Con: web
#>=Pkg: only32 1 1 i686
#>=Prv: only32 = 1-1
#>=Pkg: only32 1 1 armv7hl
#>=Prv: only32 = 1-1
#>=Pkg: needsmissing 1 1 noarch
#>=Prv: needsmissing = 1-1
#>=Req: app
system x86_64 rpm
job install name app
result problems,rules <inline>
#>problem 24081d87 info nothing provides libx >= 2 needed by app-1-1.x86_64
#>problem 24081d87 solution 92446d57 deljob install name app
#>rule job 288885da620d609c4323f0455d18201b  app-1-1.x86_64@base
#>rule pkg 0205a9707a6e74da87a4a349cbb6aa3c -app-1-1.x86_64@base
#>rule pkg 33b0b562b76ddcd1ccd1c049b421b16b  http-3-1.noarch@base
#>rule pkg 33b0b562b76ddcd1ccd1c049b421b16b  web-3-1.x86_64@base
#>rule pkg 33b0b562b76ddcd1ccd1c049b421b16b -app-1-1.x86_64@base
nextjob
job install name web
job install name bad
result problems <inline>
#>problem 39d1bf18 info package bad-1-1.x86_64 conflicts with web provided by web-3-1.x86_64
#>problem 39d1bf18 solution 1c968824 deljob install name bad
#>problem 39d1bf18 solution 4a66ca03 deljob install name web
nextjob
job install name nosuch
result problems <inline>
#>problem c43b1300 info package nosuch does not exist
#>problem c43b1300 solution d624873e deljob install name nosuch
nextjob
job install provides libx >= 3
result problems <inline>
#>problem c43b1300 info nothing provides requested libx >= 3
#>problem c43b1300 solution 3e81f66b deljob install provides libx >= 3
nextjob
job install pkg only32-1-1.armv7hl@base
result problems <inline>
#>problem 33d7b92f info package only32-1-1.armv7hl does not have a compatible architecture
#>problem 33d7b92f solution dfe5efc1 deljob install pkg only32-1-1.armv7hl@base
nextjob
job install name needsmissing
job install name only32
result problems,transaction <inline>
#>install only32-1-1.i686@base
#>problem f0adb1b1 info package needsmissing-1-1.noarch requires app, but none of the providers can be installed
#>problem f0adb1b1 solution e4afd18b deljob install name needsmissing
nextjob
job install oneof nothing
result problems <inline>
nextjob
disable pkg web-3-1.x86_64@base
job install name web
result problems <inline>
#>problem c43b1300 info package web does not exist
#>problem c43b1300 solution 4a66ca03 deljob install name web
nextjob
poolflags whatprovideswithdisabled
job install name bad
job install name web
result problems,transaction <inline>
#>install bad-1-1.x86_64@base
#>problem 066a37a8 info package web-3-1.x86_64 is disabled
#>problem 066a37a8 solution 4a66ca03 deljob install name web
