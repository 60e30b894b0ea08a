repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Req: D = 2
#>=Con: A <= 1-1
#>=Con: X >= 2-2
#>=Tim: 200
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 200
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: X
#>=Tim: 200
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Prv: B = 3
#>=Con: V
#>=Con: C >= 2-1
#>=Tim: 200
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: W >= 3
#>=Req: B
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prv: V = 3
#>=Obs: C <= 1
#>=Tim: 100
system unset rpm system
job install name A
job install name B
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>job install name A
#>job install name B
#>reason A-1-1.noarch@r2 unit 8692f5af900941ed30c2e48befbaa8e3
#>reason A-2-1.noarch@r1 unit 17c731ac61f42a29b08498457aa64478
#>reason A-2-2.noarch@system unit 2f2f08d1334f5486acf622f9ed86fd42
#>reason B-1-1.noarch@r1 unit 33f5e5dd019397216fb78eec83ccf6a8
#>reason B-1-2.noarch@system job 342f1cc5665b8d7c74a0e08393f5e46d
#>reason B-3-2.noarch@r1 unit 234e6fdc2f450fd60cb249f669525202
#>rule feature 23d7969efb12ffae0ef7ab5263247513  A-1-1.noarch@r2
#>rule feature 23d7969efb12ffae0ef7ab5263247513  A-2-1.noarch@r1
#>rule feature 23d7969efb12ffae0ef7ab5263247513  A-2-2.noarch@system
#>rule feature 342f1cc5665b8d7c74a0e08393f5e46d  B-1-1.noarch@r1
#>rule feature 342f1cc5665b8d7c74a0e08393f5e46d  B-1-2.noarch@system
#>rule feature 342f1cc5665b8d7c74a0e08393f5e46d  B-3-2.noarch@r1
#>rule job 23d7969efb12ffae0ef7ab5263247513  A-1-1.noarch@r2
#>rule job 23d7969efb12ffae0ef7ab5263247513  A-2-1.noarch@r1
#>rule job 23d7969efb12ffae0ef7ab5263247513  A-2-2.noarch@system
#>rule job 342f1cc5665b8d7c74a0e08393f5e46d  B-1-1.noarch@r1
#>rule job 342f1cc5665b8d7c74a0e08393f5e46d  B-1-2.noarch@system
#>rule job 342f1cc5665b8d7c74a0e08393f5e46d  B-3-2.noarch@r1
#>rule pkg 17c731ac61f42a29b08498457aa64478 -A-2-1.noarch@r1
#>rule pkg 17c731ac61f42a29b08498457aa64478 -A-2-2.noarch@system
#>rule pkg 234e6fdc2f450fd60cb249f669525202 -B-1-2.noarch@system
#>rule pkg 234e6fdc2f450fd60cb249f669525202 -B-3-2.noarch@r1
#>rule pkg 32ef8229546992fb36a03217550200ec -A-1-1.noarch@r2
#>rule pkg 32ef8229546992fb36a03217550200ec -B-3-2.noarch@r1
#>rule pkg 33f5e5dd019397216fb78eec83ccf6a8 -B-1-1.noarch@r1
#>rule pkg 33f5e5dd019397216fb78eec83ccf6a8 -B-1-2.noarch@system
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-1-1.noarch@r2
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-2-2.noarch@system
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-1-1.noarch@r2
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-2-1.noarch@r1
#>rule pkg aad327147422d6f19b5da1a08cc6491a -A-1-1.noarch@r2
#>rule pkg aad327147422d6f19b5da1a08cc6491a -C-1-1.noarch@r1
#>rule pkg af30f7d46f6449cb7b3ef908cd35659a -B-3-2.noarch@r1
#>rule pkg af30f7d46f6449cb7b3ef908cd35659a -C-3-1.noarch@r1
#>rule pkg be7b1136ae5d059c44814218f431303b -A-1-1.noarch@r2
#>rule pkg be7b1136ae5d059c44814218f431303b -B-1-2.noarch@system
#>rule pkg f3204bed589ec9e48b18549f7314bad0 -B-1-1.noarch@r1
#>rule pkg f3204bed589ec9e48b18549f7314bad0 -B-3-2.noarch@r1
#>rule update 2f2f08d1334f5486acf622f9ed86fd42  A-2-2.noarch@system
#>rule update db8a5d9b96a8118d30f3649fd23986e8  B-1-2.noarch@system
#>rule update db8a5d9b96a8118d30f3649fd23986e8  B-3-2.noarch@r1
#>userinstalled pkg A-2-2.noarch@system
#>userinstalled pkg B-1-2.noarch@system
