repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 2 noarch
#>=Prv: E = 2-2
#>=Prv: X >= 3-1
#>=Req: V
#>=Req: W
#>=Con: D >= 2-1
#>=Tim: 100
#>=Pkg: B 1:1 1 noarch
#>=Prv: B = 1:1-1
#>=Req: E & C < 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1:2 - noarch
#>=Prv: E = 1:2
#>=Con: E <= 3-1 & F < 1
#>=Tim: 200
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Prv: W
#>=Tim: 100
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 100
#>=Pkg: A 1:3 1 noarch
#>=Prv: A = 1:3-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Req: W
#>=Tim: 100
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Con: D < 2-2
#>=Con: F
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Con: (E <= 3 | (A < 3 & W < 0:2)) <IF> F > 1
#>=Tim: 200
#>=Pkg: E 1 1 noarch
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 200
system i686 rpm system
poolflags implicitobsoleteusescolors whatprovideswithdisabled
disable pkg D-1-2.noarch@r2
disable pkg E-1:2.noarch@r1
disable name D
solverflags allowvendorchange dupallowvendorchange keeporphans bestobeypolicy yumobsoletes urpmreorder keepexplicitobsoletes allowdowngrade
job install oneof C-2-1.noarch@r3 [setarch,setevr]
job update all packages
job install provides A
job lock pkg E-2-2.noarch@system
job lock pkg B-1:1-1.noarch@system
job allowuninstall pkg B-1:1-1.noarch@system
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name E
#>install A-1:3-1.noarch@r3
#>job allowuninstall pkg B-1:1-1.noarch@system
#>job install oneof C-2-1.noarch@r3 [setevr,setarch]
#>job install provides A
#>job lock pkg B-1:1-1.noarch@system
#>job lock pkg E-2-2.noarch@system
#>job update all packages
#>orphaned E-2-2.noarch@system
#>problem 2705ba62 info package C-2-1.noarch conflicts with ((E <= 3 or (A < 3 and W < 0:2)) if F > 1) provided by system:system.noarch
#>problem 2705ba62 solution fa878ea9 deljob install oneof C-2-1.noarch@r3 [setevr,setarch]
#>reason A-1-1.noarch@r1 unit f0e37b60e59598e8df4694355755ba23
#>reason A-1:3-1.noarch@r3 job 0a9a287b8dccd4871589d125ab78ecd5
#>reason A-2-1.noarch@r3 unit 80ea44ff86e89c95a088245addefdbab
#>reason A-3-1.noarch@r3 unit c4e179ee4ceeafe24c0f9c6de80cc0b0
#>reason B-1:1-1.noarch@system unit d5852ad3f593cc13696e101b36ca2a18
#>reason B-3-2.noarch@r2 unit 373b6bb5eb12dd0da267b4dd5a68d052
#>reason C-2-1.noarch@r3 unit e7ab4ca1193a64d032478695dac30e6b
#>reason D-1-2.noarch@r2 unit 3152bc3317230625fc6ef887fe106169
#>reason D-2-2.noarch@r3 unit fb19d5c3d82cb86235ebf45f238ecae9
#>reason E-1:2.noarch@r1 unit 34b6087e300a25f15de784baa141b266
#>reason E-2-2.noarch@system unit 36e7304ef79376f753455110be19a05e
#>rule job 0a9a287b8dccd4871589d125ab78ecd5  A-1-1.noarch@r1
#>rule job 0a9a287b8dccd4871589d125ab78ecd5  A-1:3-1.noarch@r3
#>rule job 0a9a287b8dccd4871589d125ab78ecd5  A-2-1.noarch@r3
#>rule job 0a9a287b8dccd4871589d125ab78ecd5  A-3-1.noarch@r3
#>rule job 36e7304ef79376f753455110be19a05e  E-2-2.noarch@system
#>rule job 61619b93abf683a694118532a07012c0  C-2-1.noarch@r3
#>rule job d5852ad3f593cc13696e101b36ca2a18  B-1:1-1.noarch@system
#>rule pkg 161ec8ca4d226de86165308a0b8a74fe -A-2-1.noarch@r3
#>rule pkg 161ec8ca4d226de86165308a0b8a74fe -A-3-1.noarch@r3
#>rule pkg 3152bc3317230625fc6ef887fe106169 -D-1-2.noarch@r2
#>rule pkg 34b6087e300a25f15de784baa141b266 -E-1:2.noarch@r1
#>rule pkg 373b6bb5eb12dd0da267b4dd5a68d052 -B-1:1-1.noarch@system
#>rule pkg 373b6bb5eb12dd0da267b4dd5a68d052 -B-3-2.noarch@r2
#>rule pkg 4926b9196cf7475afffa95e9f6c5fdbe -D-1-2.noarch@r2
#>rule pkg 4926b9196cf7475afffa95e9f6c5fdbe -D-2-2.noarch@r3
#>rule pkg 4b77720ac3ed11143180a080be27ac1b -C-1-1.noarch@r3
#>rule pkg 4b77720ac3ed11143180a080be27ac1b -C-2-1.noarch@r3
#>rule pkg 5324481fb4960c16756b02d6fc3de2ce -E-1:2.noarch@r1
#>rule pkg 5324481fb4960c16756b02d6fc3de2ce -E-2-2.noarch@system
#>rule pkg 57de28c4660c700dca7fff0ce7fc21e3 -A-1-1.noarch@r1
#>rule pkg 57de28c4660c700dca7fff0ce7fc21e3 -A-3-1.noarch@r3
#>rule pkg 627fdbcb61ed650aadbadabddc4fbccc -A-1:3-1.noarch@r3
#>rule pkg 627fdbcb61ed650aadbadabddc4fbccc -A-2-1.noarch@r3
#>rule pkg 80ea44ff86e89c95a088245addefdbab  D-1-2.noarch@r2
#>rule pkg 80ea44ff86e89c95a088245addefdbab -A-2-1.noarch@r3
#>rule pkg b3cb2f2ebc4a45852dd8b9424354a575  E-1:2.noarch@r1
#>rule pkg b3cb2f2ebc4a45852dd8b9424354a575  E-2-2.noarch@system
#>rule pkg b3cb2f2ebc4a45852dd8b9424354a575 -B-1:1-1.noarch@system
#>rule pkg c4e179ee4ceeafe24c0f9c6de80cc0b0 -A-1:3-1.noarch@r3
#>rule pkg c4e179ee4ceeafe24c0f9c6de80cc0b0 -A-3-1.noarch@r3
#>rule pkg cefbe5ccc7aa8a7807d1a5a9a0c24eb7 -A-1-1.noarch@r1
#>rule pkg cefbe5ccc7aa8a7807d1a5a9a0c24eb7 -A-2-1.noarch@r3
#>rule pkg e7ab4ca1193a64d032478695dac30e6b -C-2-1.noarch@r3
#>rule pkg f0e37b60e59598e8df4694355755ba23 -A-1-1.noarch@r1
#>rule pkg f0e37b60e59598e8df4694355755ba23 -A-1:3-1.noarch@r3
#>rule pkg fb19d5c3d82cb86235ebf45f238ecae9 -D-2-2.noarch@r3
#>rule pkg fb19d5c3d82cb86235ebf45f238ecae9 -E-2-2.noarch@system
#>rule update 36e7304ef79376f753455110be19a05e  E-2-2.noarch@system
#>rule update dd1fbc5d33b9e56a4fd15f7dd97ef5f9  B-1:1-1.noarch@system
#>rule update dd1fbc5d33b9e56a4fd15f7dd97ef5f9  B-3-2.noarch@r2
#>userinstalled pkg A-1:3-1.noarch@r3
