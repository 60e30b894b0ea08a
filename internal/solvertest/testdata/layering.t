# A base package is locked: what needs a newer one cannot be layered, unless the lock goes.
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: base 1 1 x86_64
#>=Prv: base = 1-1
#>=Pkg: old 1 1 x86_64
#>=Prv: old = 1-1
repo up 99 testtags <inline>
#>=Ver: 3.0
#>=Pkg: base 2 1 x86_64
#>=Prv: base = 2-1
#>=Pkg: layer 1 1 x86_64
#>=Prv: layer = 1-1
#>=Req: base >= 2
#>=Pkg: new 5 1 x86_64
#>=Prv: new = 5-1
#>=Obs: old < 2
system x86_64 rpm @System
solverflags allowvendorchange dupallowvendorchange keeporphans bestobeypolicy yumobsoletes
job lock pkg base-1-1.x86_64@@System
job install name layer
result transaction,problems,rules <inline>
#>problem c629b734 info package layer-1-1.x86_64 requires base >= 2, but none of the providers can be installed
#>problem c629b734 solution 620926e3 deljob install name layer
#>problem c629b734 solution e504679e deljob lock pkg base-1-1.x86_64@@System
#>rule job 050b00d41c21f0f7283ddc70b9c25042  layer-1-1.x86_64@up
#>rule job faabae9224326b26b2374cfd695bb564  base-1-1.x86_64@@System
#>rule pkg c424144db795c141dbc8a7554ff1087d  base-2-1.x86_64@up
#>rule pkg c424144db795c141dbc8a7554ff1087d -layer-1-1.x86_64@up
#>rule pkg cabc699e099caa511b7386b4e127b963 -new-5-1.x86_64@up
#>rule pkg cabc699e099caa511b7386b4e127b963 -old-1-1.x86_64@@System
#>rule pkg ed8c153d49f729d594bb881ecc35334c -base-1-1.x86_64@@System
#>rule pkg ed8c153d49f729d594bb881ecc35334c -base-2-1.x86_64@up
#>rule update b341eadb6ea33094abbb49f6e2de0d48  new-5-1.x86_64@up
#>rule update b341eadb6ea33094abbb49f6e2de0d48  old-1-1.x86_64@@System
#>rule update fed32be391689bcf3841fa1d4d982603  base-1-1.x86_64@@System
#>rule update fed32be391689bcf3841fa1d4d982603  base-2-1.x86_64@up
nextjob
job install name layer
result transaction,problems <inline>
#>install layer-1-1.x86_64@up
#>upgrade base-1-1.x86_64@@System base-2-1.x86_64@up
nextjob
job update all packages
result transaction,problems <inline>
#>erase old-1-1.x86_64@@System new-5-1.x86_64@up
#>install new-5-1.x86_64@up
#>upgrade base-1-1.x86_64@@System base-2-1.x86_64@up
