repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prv: X
#>=Req: A
#>=Req: X
#>=Tim: 100
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Obs: D <> 3-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prq: A
#>=Obs: F
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Req: H
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Tim: 200
#>=Pkg: H 3 1 noarch
#>=Prv: H = 3-1
#>=Prq: D >= 2
#>=Prq: D <= 1
#>=Prq: H
#>=Req: nosuch
#>=Req: D = 3
#>=Req: V >= 1
#>=Tim: 200
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Prv: V
#>=Req: D
#>=Obs: C <= 2
#>=Tim: 100
system x86_64 rpm system
solverflags keepexplicitobsoletes
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>autoinst name D
#>autoinst name F
#>erase C-1-1.noarch@system F-2-2.noarch@r1
#>install D-2-1.noarch@r1
#>install F-2-2.noarch@r1
#>job update all packages
#>orphaned A-2-2.noarch@system
#>reason A-2-2.noarch@system unit 2f2f08d1334f5486acf622f9ed86fd42
#>reason B-1-1.noarch@r1 unit 205265c6dbded1e67a239d3965c6b58b
#>reason B-2-1.noarch@system unit 2fff48a639fdf697bc9b17813074d419
#>reason C-1-1.noarch@system unit 84fa4157a745339af9d69f19426f2c8e
#>reason D-2-1.noarch@r1 unit e134ad664453886c1087a3bb490cafe0
#>reason F-2-2.noarch@r1 update 0ca365ea1da287a000a097a259fa703f
#>reason H-3-1.noarch@r1 unit 00d144da362ac1de124acf94562768f3
#>rule feature 2fa6e88237594831337b9c802565bbf3  B-1-1.noarch@r1
#>rule feature 2fa6e88237594831337b9c802565bbf3  B-2-1.noarch@system
#>rule pkg 00d144da362ac1de124acf94562768f3 -H-3-1.noarch@r1
#>rule pkg 205265c6dbded1e67a239d3965c6b58b  H-3-1.noarch@r1
#>rule pkg 205265c6dbded1e67a239d3965c6b58b -B-1-1.noarch@r1
#>rule pkg 577ac8c673f5a551c758a93a2e064717 -B-1-1.noarch@r1
#>rule pkg 577ac8c673f5a551c758a93a2e064717 -B-2-1.noarch@system
#>rule pkg 68c1105ddc94fd88b289b53b48fefc4d  A-2-2.noarch@system
#>rule pkg 68c1105ddc94fd88b289b53b48fefc4d -B-2-1.noarch@system
#>rule pkg 6abefcb18d6e5971b9b5034c64e50324 -C-1-1.noarch@system
#>rule pkg 6abefcb18d6e5971b9b5034c64e50324 -D-2-1.noarch@r1
#>rule pkg 84fa4157a745339af9d69f19426f2c8e -C-1-1.noarch@system
#>rule pkg 84fa4157a745339af9d69f19426f2c8e -F-2-2.noarch@r1
#>rule pkg e134ad664453886c1087a3bb490cafe0  D-2-1.noarch@r1
#>rule pkg e134ad664453886c1087a3bb490cafe0 -F-2-2.noarch@r1
#>rule pkg f154ec2be65155d5ea539940ec1b46df  D-2-1.noarch@r1
#>rule pkg f154ec2be65155d5ea539940ec1b46df -H-3-1.noarch@r1
#>rule pkg f22cffe7698b302feeab7166f0727dc7  F-2-2.noarch@r1
#>rule pkg f22cffe7698b302feeab7166f0727dc7 -H-3-1.noarch@r1
#>rule update 0ca365ea1da287a000a097a259fa703f  C-1-1.noarch@system
#>rule update 0ca365ea1da287a000a097a259fa703f  F-2-2.noarch@r1
#>rule update 2f2f08d1334f5486acf622f9ed86fd42  A-2-2.noarch@system
#>rule update 2fff48a639fdf697bc9b17813074d419  B-2-1.noarch@system
#>unneeded A-2-2.noarch@system
#>unneeded_filtered B-2-1.noarch@system
#>unneeded_filtered C-1-1.noarch@system
