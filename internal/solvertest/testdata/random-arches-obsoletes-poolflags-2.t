repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 x86_64
#>=Prv: E = 2-1
#>=Tim: 200
#>=Pkg: A 2 2 i586
#>=Prv: A = 2-2
#>=Tim: 100
#>=Pkg: A 1 1 x86_64
#>=Prv: A = 1-1
#>=Prv: W < 2
#>=Prv: W = 1
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 3 1 i686
#>=Prv: G = 3-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: H 1 1 i686
#>=Prv: H = 1-1
#>=Obs: D = 1-1
#>=Tim: 100
#>=Pkg: A 3 1 i586
#>=Prv: A = 3-1
#>=Obs: E < 2
#>=Tim: 100
#>=Pkg: C 2 1 i686
#>=Prv: C = 2-1
#>=Req: X >= 2
#>=Req: G
#>=Obs: H
#>=Tim: 200
#>=Pkg: E 2 2 badarch
#>=Prv: E = 2-2
#>=Tim: 200
system unset rpm system
poolflags implicitobsoleteusescolors
poolflags noobsoletesmultiversion
poolflags addfileprovidesfiltered
job install oneof C-1-1.noarch@r2 E-2-2.badarch@r2
job erase provides X >= 1-1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>job erase provides X >= 1-1
#>job install oneof C-1-1.noarch@r2 E-2-2.badarch@r2
#>reason A-1-1.x86_64@system keep 31b0953833021582831c6bd005ab7f24
#>reason A-2-2.i586@system keep 93ba39dc5376781a624e9c3ed3a40b6e
#>reason A-3-1.i586@r2 unit 74f343b70ff8f5f5a0602f977d45e99f
#>reason A-3-1.noarch@r1 unit 1b08fb8b8a458aa2be47e4a68f52d0ab
#>reason E-2-1.x86_64@system unit 7aa5e30e8e86b81a4b4696bde39377c5
#>reason E-2-2.badarch@r2 job f98fdaea7637743f99a945fbad6054b7
#>rule feature 31b0953833021582831c6bd005ab7f24  A-1-1.x86_64@system
#>rule feature 31b0953833021582831c6bd005ab7f24  A-2-2.i586@system
#>rule feature 31b0953833021582831c6bd005ab7f24  A-3-1.i586@r2
#>rule feature 31b0953833021582831c6bd005ab7f24  A-3-1.noarch@r1
#>rule job f98fdaea7637743f99a945fbad6054b7  C-1-1.noarch@r2
#>rule job f98fdaea7637743f99a945fbad6054b7  E-2-2.badarch@r2
#>rule pkg 0487755f609d68fb729f83c7ff835bfc -A-1-1.x86_64@system
#>rule pkg 0487755f609d68fb729f83c7ff835bfc -A-3-1.i586@r2
#>rule pkg 1b08fb8b8a458aa2be47e4a68f52d0ab -A-2-2.i586@system
#>rule pkg 1b08fb8b8a458aa2be47e4a68f52d0ab -A-3-1.noarch@r1
#>rule pkg 74f343b70ff8f5f5a0602f977d45e99f -A-2-2.i586@system
#>rule pkg 74f343b70ff8f5f5a0602f977d45e99f -A-3-1.i586@r2
#>rule pkg 7aa5e30e8e86b81a4b4696bde39377c5 -E-2-1.x86_64@system
#>rule pkg 7aa5e30e8e86b81a4b4696bde39377c5 -E-2-2.badarch@r2
#>rule pkg 8e3457a1e58df1c633c71d8ab0128d6a -A-3-1.i586@r2
#>rule pkg 8e3457a1e58df1c633c71d8ab0128d6a -A-3-1.noarch@r1
#>rule pkg e68067ca9b5e3c3a5f3e5a9e8ca7b8af -C-1-1.noarch@r2
#>rule pkg e68067ca9b5e3c3a5f3e5a9e8ca7b8af -C-2-1.i686@r2
#>rule pkg f67bac0600f465162c5348e8563278b2 -A-1-1.x86_64@system
#>rule pkg f67bac0600f465162c5348e8563278b2 -A-3-1.noarch@r1
#>rule update 31b0953833021582831c6bd005ab7f24  A-1-1.x86_64@system
#>rule update 31b0953833021582831c6bd005ab7f24  A-2-2.i586@system
#>rule update 31b0953833021582831c6bd005ab7f24  A-3-1.i586@r2
#>rule update 31b0953833021582831c6bd005ab7f24  A-3-1.noarch@r1
#>rule update 5aa954496d50d60e80abcf31bbd6d737  E-2-1.x86_64@system
#>rule update 5aa954496d50d60e80abcf31bbd6d737  E-2-2.badarch@r2
#>rule update 93ba39dc5376781a624e9c3ed3a40b6e  A-2-2.i586@system
#>rule update 93ba39dc5376781a624e9c3ed3a40b6e  A-3-1.i586@r2
#>rule update 93ba39dc5376781a624e9c3ed3a40b6e  A-3-1.noarch@r1
#>unneeded_filtered A-1-1.x86_64@system
#>unneeded_filtered A-2-2.i586@system
#>unneeded_filtered E-2-1.x86_64@system
#>upgrade E-2-1.x86_64@system E-2-2.badarch@r2
#>userinstalled pkg E-2-2.badarch@r2
