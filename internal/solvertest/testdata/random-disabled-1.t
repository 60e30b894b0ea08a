repo system 0 empty
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Tim: 100
#>=Pkg: D 3 2 noarch
#>=Prv: D = 3-2
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Req: C
#>=Tim: 100
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Req: D
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prq: B
#>=Req: D >= 3
#>=Tim: 100
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Prv: W
#>=Prq: A
#>=Req: C = 2
#>=Req: B
#>=Tim: 200
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prq: A
#>=Req: D
#>=Prq: B >= 2-1
#>=Req: V
#>=Req: C <> 2-1
#>=Req: D
#>=Tim: 200
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prq: V
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prv: W
#>=Req: A
#>=Tim: 100
system x86_64 rpm system
job erase name D
job install name A
job install name D
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>install A-1-2.noarch@r2
#>install C-1-2.noarch@r2
#>job erase name D
#>job install name A
#>job install name D
#>problem 5e603f7a info conflicting requests
#>problem 5e603f7a solution 37fc7e07 deljob install name D
#>problem 5e603f7a solution 41d36ab0 deljob erase name D
#>reason A-1-1.noarch@r3 unit 3bb10f3c4e6f0daa40f074ec29c1fe80
#>reason A-1-2.noarch@r2 job b4cd661090616496054f028c47ca29cc
#>reason A-2-1.noarch@r3 unit 6c6863677f1e31f672fe73127b918647
#>reason C-1-2.noarch@r2 unit 25375659006a953e7ba37077ab98bf63
#>rule job b0b2231a2b71d175293b6e780341d5d8  D-1-2.noarch@r1
#>rule job b0b2231a2b71d175293b6e780341d5d8  D-3-2.noarch@r1
#>rule job b4cd661090616496054f028c47ca29cc  A-1-1.noarch@r3
#>rule job b4cd661090616496054f028c47ca29cc  A-1-2.noarch@r2
#>rule job b4cd661090616496054f028c47ca29cc  A-2-1.noarch@r3
#>rule job c5a9e8f9ec5e2cd33a784456c41c0200 -D-3-2.noarch@r1
#>rule job fbc2dd1183d83b91aa09c8b79f4a4ecd -D-1-2.noarch@r1
#>rule pkg 17bb3045162c940c593b9ec8c083ed8f -A-1-1.noarch@r3
#>rule pkg 17bb3045162c940c593b9ec8c083ed8f -A-2-1.noarch@r3
#>rule pkg 25375659006a953e7ba37077ab98bf63  C-1-2.noarch@r2
#>rule pkg 25375659006a953e7ba37077ab98bf63 -A-1-2.noarch@r2
#>rule pkg 3bb10f3c4e6f0daa40f074ec29c1fe80 -A-1-1.noarch@r3
#>rule pkg 3bb10f3c4e6f0daa40f074ec29c1fe80 -A-1-2.noarch@r2
#>rule pkg 55811c9c2e7772fb219528f5db902f39 -D-1-2.noarch@r1
#>rule pkg 55811c9c2e7772fb219528f5db902f39 -D-3-2.noarch@r1
#>rule pkg 6c6863677f1e31f672fe73127b918647 -A-2-1.noarch@r3
#>rule pkg a17d9d1a03676bb63b0d0a935d5e31c7 -A-1-2.noarch@r2
#>rule pkg a17d9d1a03676bb63b0d0a935d5e31c7 -A-2-1.noarch@r3
#>userinstalled pkg A-1-2.noarch@r2
