repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: V = 3-1
#>=Req: E = 1-1
#>=Req: E
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Req: D
#>=Prq: E
#>=Tim: 100
#>=Pkg: E 3 2 noarch
#>=Prv: E = 3-2
#>=Prv: V < 2-1
#>=Req: B
#>=Req: C > 3
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prv: X
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: W
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prq: D
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: A
#>=Prv: V = 1
#>=Prv: W
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Tim: 200
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Req: D
#>=Tim: 100
system x86_64 rpm system
job install pkg A-2-1.noarch@r2
job install provides C > 1-1
job install name E
job blacklist provides D < 1
job blacklist oneof B-1-1.noarch@r3 B-1-1.noarch@r2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>install A-2-1.noarch@r2
#>job blacklist oneof B-1-1.noarch@r3 B-1-1.noarch@r2
#>job blacklist provides D < 1
#>job install name E
#>job install pkg A-2-1.noarch@r2
#>job install provides C > 1-1
#>problem ffb27ffd info package C-3-1.noarch requires W, but none of the providers can be installed
#>problem ffb27ffd solution 1fd037d9 allow B-1-1.noarch@r2
#>problem ffb27ffd solution 7563eea6 deljob install provides C > 1-1
#>reason A-2-1.noarch@r2 unit 68d5932d6853a5532713728ab4aa2f56
#>reason A-3-1.noarch@r2 unit 11556a7ebbe89310600938f710dd8eb3
#>reason B-1-1.noarch@r3 unit d616d89d28b3f253b65ef4b3411365c8
#>reason C-1-1.noarch@system keep 3349361475f1d8309c3e7eb2d2a3b2e3
#>reason C-3-1.noarch@r2 unit edc386962ee2ec3bd5a756b8bfa7c448
#>reason E-1-1.noarch@r1 unit 9c98528ac09d479e1ab4d6d059999114
#>reason E-1-1.noarch@system job b7fb179ac1687e0212fde28e230accf9
#>reason E-3-1.noarch@r2 unit 8c7082a81e99919d375215076b499ffd
#>reason E-3-2.noarch@r1 unit 8e73cc8f60b6b042f9e49be0417e558f
#>rule black 2b1aa507d61b26f6004430d24969f9a1 -B-1-1.noarch@r2
#>rule black d616d89d28b3f253b65ef4b3411365c8 -B-1-1.noarch@r3
#>rule job 68d5932d6853a5532713728ab4aa2f56  A-2-1.noarch@r2
#>rule job b0760abd35b61e82f875f897d98ddb4e  C-3-1.noarch@r2
#>rule job b7fb179ac1687e0212fde28e230accf9  E-1-1.noarch@r1
#>rule job b7fb179ac1687e0212fde28e230accf9  E-1-1.noarch@system
#>rule job b7fb179ac1687e0212fde28e230accf9  E-3-1.noarch@r2
#>rule job b7fb179ac1687e0212fde28e230accf9  E-3-2.noarch@r1
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-2-1.noarch@r2
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-3-1.noarch@r2
#>rule pkg 2424df1cf84a978910f60e3bcebb4f56 -B-1-1.noarch@r2
#>rule pkg 2424df1cf84a978910f60e3bcebb4f56 -B-2-1.noarch@r2
#>rule pkg 4f0a71612beca51c092b08246b41e895  E-1-1.noarch@r1
#>rule pkg 4f0a71612beca51c092b08246b41e895  E-1-1.noarch@system
#>rule pkg 4f0a71612beca51c092b08246b41e895  E-3-1.noarch@r2
#>rule pkg 4f0a71612beca51c092b08246b41e895  E-3-2.noarch@r1
#>rule pkg 4f0a71612beca51c092b08246b41e895 -C-1-1.noarch@system
#>rule pkg 66e5e3d61cdc16badf0580947a050dce -B-1-1.noarch@r3
#>rule pkg 66e5e3d61cdc16badf0580947a050dce -B-2-1.noarch@r2
#>rule pkg 7f7dfad1e2eac42630c954423efc6706  D-1-1.noarch@r2
#>rule pkg 7f7dfad1e2eac42630c954423efc6706  D-3-1.noarch@r2
#>rule pkg 7f7dfad1e2eac42630c954423efc6706 -B-1-1.noarch@r3
#>rule pkg 8c7082a81e99919d375215076b499ffd -E-1-1.noarch@system
#>rule pkg 8c7082a81e99919d375215076b499ffd -E-3-1.noarch@r2
#>rule pkg 8e73cc8f60b6b042f9e49be0417e558f -E-3-2.noarch@r1
#>rule pkg 96b78c103d2dd7d340713c00c65d168d -D-1-1.noarch@r2
#>rule pkg 96b78c103d2dd7d340713c00c65d168d -D-3-1.noarch@r2
#>rule pkg 9902a92970abc5e44e845c33a5c891d3 -E-1-1.noarch@r1
#>rule pkg 9902a92970abc5e44e845c33a5c891d3 -E-3-1.noarch@r2
#>rule pkg 9c98528ac09d479e1ab4d6d059999114 -E-1-1.noarch@r1
#>rule pkg 9c98528ac09d479e1ab4d6d059999114 -E-1-1.noarch@system
#>rule pkg a4b4cbe0cbf46f3102cab082b228b576 -B-1-1.noarch@r2
#>rule pkg a4b4cbe0cbf46f3102cab082b228b576 -B-1-1.noarch@r3
#>rule pkg aee32c438adc3049af694d5c65159b50 -E-1-1.noarch@system
#>rule pkg aee32c438adc3049af694d5c65159b50 -E-3-2.noarch@r1
#>rule pkg bea3db6536918a83b1b56f9f3d6113ec -E-3-1.noarch@r2
#>rule pkg bea3db6536918a83b1b56f9f3d6113ec -E-3-2.noarch@r1
#>rule pkg c00666b57afb083a940cb228d72086f7  B-1-1.noarch@r2
#>rule pkg c00666b57afb083a940cb228d72086f7 -C-3-1.noarch@r2
#>rule pkg d3501e9e8f8c447b92fb90f10d8f9302  E-1-1.noarch@r1
#>rule pkg d3501e9e8f8c447b92fb90f10d8f9302  E-1-1.noarch@system
#>rule pkg d3501e9e8f8c447b92fb90f10d8f9302 -C-1-1.noarch@system
#>rule pkg e1da6a6cee2414accdfd8b12f7c8c2b8 -E-1-1.noarch@r1
#>rule pkg e1da6a6cee2414accdfd8b12f7c8c2b8 -E-3-2.noarch@r1
#>rule pkg e3dd3a42912bdf747e07fa957d59cda0  D-1-1.noarch@r2
#>rule pkg e3dd3a42912bdf747e07fa957d59cda0  D-3-1.noarch@r2
#>rule pkg e3dd3a42912bdf747e07fa957d59cda0 -E-1-1.noarch@r1
#>rule pkg eba20bd3b12ee8e49d4ee02305e6c60f  B-1-1.noarch@r2
#>rule pkg eba20bd3b12ee8e49d4ee02305e6c60f  B-1-1.noarch@r3
#>rule pkg eba20bd3b12ee8e49d4ee02305e6c60f  B-2-1.noarch@r2
#>rule pkg eba20bd3b12ee8e49d4ee02305e6c60f -E-3-2.noarch@r1
#>rule pkg edc386962ee2ec3bd5a756b8bfa7c448 -C-1-1.noarch@system
#>rule pkg edc386962ee2ec3bd5a756b8bfa7c448 -C-3-1.noarch@r2
#>rule update 3349361475f1d8309c3e7eb2d2a3b2e3  C-1-1.noarch@system
#>rule update 3349361475f1d8309c3e7eb2d2a3b2e3  C-3-1.noarch@r2
#>rule update b7fb179ac1687e0212fde28e230accf9  E-1-1.noarch@r1
#>rule update b7fb179ac1687e0212fde28e230accf9  E-1-1.noarch@system
#>rule update b7fb179ac1687e0212fde28e230accf9  E-3-1.noarch@r2
#>rule update b7fb179ac1687e0212fde28e230accf9  E-3-2.noarch@r1
#>unneeded_filtered C-1-1.noarch@system
#>userinstalled pkg A-2-1.noarch@r2
#>userinstalled pkg E-1-1.noarch@system
