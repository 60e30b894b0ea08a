repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Req: X
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Req: B < 3
#>=Req: A >= 1-1
#>=Req: V
#>=Tim: 200
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prv: V < 2-2
#>=Tim: 200
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Req: A
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prv: V < 3-1
#>=Req: V
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Con: A < 2
#>=Tim: 100
system x86_64 rpm system
solverflags allowuninstall
job erase name C
job update name A
job install provides C >= 2
job allowuninstall pkg A-2-1.noarch@system
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>job allowuninstall pkg A-2-1.noarch@system
#>job erase name C
#>job install provides C >= 2
#>job update name A
#>problem c43b1300 info nothing provides requested C >= 2
#>problem c43b1300 solution f44be71e deljob install provides C >= 2
#>reason A-1-1.noarch@r1 unit 677521397b78a6cd72729864c0e9e7cd
#>reason A-2-1.noarch@system unit 447c4e58f3e74927910bcac0961f6c6c
#>reason A-2-2.noarch@r1 unit bc96ed4ed0de1319440645201115b4c8
#>reason A-3-1.noarch@r2 update a4683852645bf8b81dab5232fc35e359
#>reason B-2-1.noarch@r1 unit 6e9eac63dc2bd22a9995b50bd46a21f6
#>reason B-2-1.noarch@system keep e352891b7b856c4646ae680fd839e925
#>rule feature 9db196bf474b1347ea739ad4ae8e3eac  A-1-1.noarch@r1
#>rule feature 9db196bf474b1347ea739ad4ae8e3eac  A-2-1.noarch@system
#>rule feature 9db196bf474b1347ea739ad4ae8e3eac  A-2-2.noarch@r1
#>rule feature 9db196bf474b1347ea739ad4ae8e3eac  A-3-1.noarch@r2
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 447c4e58f3e74927910bcac0961f6c6c -A-2-1.noarch@system
#>rule pkg 447c4e58f3e74927910bcac0961f6c6c -A-3-1.noarch@r2
#>rule pkg 62992027aa197db7572ce67154c8809c  A-1-1.noarch@r1
#>rule pkg 62992027aa197db7572ce67154c8809c  A-3-1.noarch@r2
#>rule pkg 62992027aa197db7572ce67154c8809c -B-2-1.noarch@r1
#>rule pkg 677521397b78a6cd72729864c0e9e7cd -A-1-1.noarch@r1
#>rule pkg 677521397b78a6cd72729864c0e9e7cd -A-3-1.noarch@r2
#>rule pkg 6e9eac63dc2bd22a9995b50bd46a21f6 -B-2-1.noarch@r1
#>rule pkg 6e9eac63dc2bd22a9995b50bd46a21f6 -B-2-1.noarch@system
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-1-1.noarch@r1
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-2-1.noarch@system
#>rule pkg 835a11c9a1aa60b6a2919a4ef8c80e4e -A-2-1.noarch@system
#>rule pkg 835a11c9a1aa60b6a2919a4ef8c80e4e -A-2-2.noarch@r1
#>rule pkg b87a625530448394f7d4365a48d11d45  A-1-1.noarch@r1
#>rule pkg b87a625530448394f7d4365a48d11d45  A-2-1.noarch@system
#>rule pkg b87a625530448394f7d4365a48d11d45  A-2-2.noarch@r1
#>rule pkg b87a625530448394f7d4365a48d11d45  A-3-1.noarch@r2
#>rule pkg b87a625530448394f7d4365a48d11d45 -B-2-1.noarch@r1
#>rule pkg bc96ed4ed0de1319440645201115b4c8 -A-2-2.noarch@r1
#>rule pkg bc96ed4ed0de1319440645201115b4c8 -A-3-1.noarch@r2
#>rule pkg e1dd50e12393d202d1f8ad0df0c31246 -A-1-1.noarch@r1
#>rule pkg e1dd50e12393d202d1f8ad0df0c31246 -A-2-2.noarch@r1
#>rule update a4683852645bf8b81dab5232fc35e359  A-2-1.noarch@system
#>rule update a4683852645bf8b81dab5232fc35e359  A-2-2.noarch@r1
#>rule update a4683852645bf8b81dab5232fc35e359  A-3-1.noarch@r2
#>rule update e352891b7b856c4646ae680fd839e925  B-2-1.noarch@r1
#>rule update e352891b7b856c4646ae680fd839e925  B-2-1.noarch@system
#>unneeded_filtered A-2-1.noarch@system
#>unneeded_filtered B-2-1.noarch@system
#>upgrade A-2-1.noarch@system A-3-1.noarch@r2
