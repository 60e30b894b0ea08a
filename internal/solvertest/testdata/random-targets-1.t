repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: H 2 1 noarch
#>=Prv: H = 2-1
#>=Prq: G < 1-1
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prq: X
#>=Tim: 200
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Req: G
#>=Req: D
#>=Req: F
#>=Prq: F >= 3-1
#>=Req: nosuch
#>=Req: G
#>=Tim: 200
#>=Pkg: H 1 1 noarch
#>=Prv: H = 1-1
#>=Tim: 200
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Req: H <= 2
#>=Req: C
#>=Tim: 200
#>=Pkg: G 1 2 noarch
#>=Prv: G = 1-2
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Req: G <> 2-1
#>=Prq: H
#>=Tim: 200
#>=Pkg: G 2 2 noarch
#>=Prv: G = 2-2
#>=Tim: 200
#>=Pkg: B 2 2 noarch
#>=Prv: V = 1
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: G
#>=Req: A
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prv: X
#>=Prv: V
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Req: C
#>=Tim: 100
system unset rpm system
job install name F [notbyuser]
job install provides nosuch
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name D
#>autoinst name H
#>job install name F [notbyuser]
#>job install provides nosuch
#>job update all packages
#>problem c43b1300 info nothing provides requested nosuch
#>problem c43b1300 info package F does not exist
#>problem c43b1300 solution 1559ada5 deljob install provides nosuch
#>problem c43b1300 solution c209bce5 deljob install name F [notbyuser]
#>reason D-1-1.noarch@r1 unit 7f2247270491fea145c9cb45bc80755a
#>reason D-1-1.noarch@system update f3d0fd4417d0145e63c88f4d575e0726
#>reason H-1-1.noarch@r1 unit 05c921dee7d38a1cae4d3383eb3850fe
#>reason H-2-1.noarch@system unit 2805d056e9f2dc4654bc8ab89199e354
#>rule feature 0a9415c80be0d70491c2b4a923b9e01c  H-1-1.noarch@r1
#>rule feature 0a9415c80be0d70491c2b4a923b9e01c  H-2-1.noarch@system
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 020be6238219663b403d4c826e5086e6 -A-1-1.noarch@r2
#>rule pkg 020be6238219663b403d4c826e5086e6 -A-3-1.noarch@r2
#>rule pkg 05c921dee7d38a1cae4d3383eb3850fe -H-1-1.noarch@r1
#>rule pkg 05c921dee7d38a1cae4d3383eb3850fe -H-2-1.noarch@system
#>rule pkg 7a6cc9fcf563e90c6e8d24094502951f  C-3-1.noarch@r1
#>rule pkg 7a6cc9fcf563e90c6e8d24094502951f -D-1-1.noarch@r1
#>rule pkg 7f2247270491fea145c9cb45bc80755a -D-1-1.noarch@r1
#>rule pkg 7f2247270491fea145c9cb45bc80755a -D-1-1.noarch@system
#>rule pkg 887e0eaf4dbe2a181fd292392bd1fffc  A-3-1.noarch@r2
#>rule pkg 887e0eaf4dbe2a181fd292392bd1fffc -C-3-1.noarch@r1
#>rule pkg 99d288dbd619ec78913ebb7862b999b8  H-1-1.noarch@r1
#>rule pkg 99d288dbd619ec78913ebb7862b999b8  H-2-1.noarch@system
#>rule pkg 99d288dbd619ec78913ebb7862b999b8 -D-1-1.noarch@r1
#>rule update 2805d056e9f2dc4654bc8ab89199e354  H-2-1.noarch@system
#>rule update f3d0fd4417d0145e63c88f4d575e0726  D-1-1.noarch@r1
#>rule update f3d0fd4417d0145e63c88f4d575e0726  D-1-1.noarch@system
#>unneeded_filtered D-1-1.noarch@system
#>unneeded_filtered H-2-1.noarch@system
