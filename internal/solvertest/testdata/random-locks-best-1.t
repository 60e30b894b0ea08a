repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: E
#>=Req: F >= 3-1
#>=Prq: W
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Req: F
#>=Req: D <= 1-1
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Req: W <= 2-2
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Req: W
#>=Tim: 100
#>=Pkg: F 1 2 noarch
#>=Prv: F = 1-2
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 2 noarch
#>=Prv: E = 2-2
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Req: E <> 3-1
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Req: B <= 1
#>=Tim: 200
#>=Pkg: C 3 2 noarch
#>=Prv: C = 3-2
#>=Prq: D
#>=Req: W
#>=Tim: 100
#>=Pkg: F 3 1 noarch
#>=Prv: F = 3-1
#>=Req: D
#>=Req: B
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 100
system x86_64 rpm system
solverflags bestobeypolicy
job install oneof F-3-1.noarch@r2 [forcebest]
job install provides E [forcebest]
job install name D = 3-1 [forcebest]
job lock name F
job lock pkg C-2-1.noarch@system
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>install E-2-2.noarch@r2
#>job install name D = 3-1 [forcebest]
#>job install oneof F-3-1.noarch@r2 [forcebest]
#>job install provides E [forcebest]
#>job lock name F
#>job lock pkg C-2-1.noarch@system
#>problem 746dc4bd info nothing provides D <= 1-1 needed by D-3-1.noarch
#>problem 746dc4bd solution 75fc943f deljob install name D = 3-1 [forcebest]
#>problem 862897b4 info conflicting requests
#>problem 862897b4 solution 144f7c17 deljob install oneof F-3-1.noarch@r2 [forcebest]
#>problem 862897b4 solution 144f7c17 deljob lock name F
#>problem 862897b4 solution 2c969888 deljob install oneof F-3-1.noarch@r2 [forcebest]
#>reason C-2-1.noarch@system unit 6c03d49ee9cdc129e22c85c5532de709
#>reason C-3-2.noarch@r2 unit 2c8dd0fe5900054ce9890eb63380a062
#>reason D-2-1.noarch@r1 unit 77ebcfd5a42e79d682570a57e1814f6d
#>reason D-3-1.noarch@r1 unit cec68ca36a5555ceff9435ca8a66a156
#>reason E-1-1.noarch@r2 unit 8dcde3a5453420db5e11248408eb6706
#>reason E-2-2.noarch@r2 unit 6a3105458dbc423816055ac713e51ff7
#>reason F-3-1.noarch@r2 unit 93bb3d35229edfee438e8e7a9c8355b1
#>rule best 6a3105458dbc423816055ac713e51ff7  E-2-2.noarch@r2
#>rule job 29206300765de615c66dd1962b568371 -F-1-2.noarch@r1
#>rule job 598a706f6abef3f4e78ff4f449a769ee -F-3-1.noarch@r2
#>rule job 6c03d49ee9cdc129e22c85c5532de709  C-2-1.noarch@system
#>rule job c39cd208148ca67f78f0e489b7b6c5b9  F-3-1.noarch@r2
#>rule job e4eff4a572c1378a92f84c43e6920546  D-3-1.noarch@r1
#>rule job eebb5ee6057ae66992f8ef15f777396a  E-1-1.noarch@r2
#>rule job eebb5ee6057ae66992f8ef15f777396a  E-2-2.noarch@r2
#>rule pkg 264aa58fdb6e97ce804e0dc47edb4bc8  D-2-1.noarch@r1
#>rule pkg 264aa58fdb6e97ce804e0dc47edb4bc8  D-3-1.noarch@r1
#>rule pkg 264aa58fdb6e97ce804e0dc47edb4bc8 -C-3-2.noarch@r2
#>rule pkg 2c8dd0fe5900054ce9890eb63380a062 -C-3-2.noarch@r2
#>rule pkg 39e0a0988fdcfa980d1d587d1c9c8d9e  F-1-2.noarch@r1
#>rule pkg 39e0a0988fdcfa980d1d587d1c9c8d9e  F-3-1.noarch@r2
#>rule pkg 39e0a0988fdcfa980d1d587d1c9c8d9e -D-3-1.noarch@r1
#>rule pkg 4809d4ad832393f35528f14837853a6c -D-2-1.noarch@r1
#>rule pkg 4809d4ad832393f35528f14837853a6c -D-3-1.noarch@r1
#>rule pkg 6dc541b8aab48d400fa6bb871c8631e8  B-3-1.noarch@r3
#>rule pkg 6dc541b8aab48d400fa6bb871c8631e8 -F-3-1.noarch@r2
#>rule pkg 77ebcfd5a42e79d682570a57e1814f6d -D-2-1.noarch@r1
#>rule pkg 8dcde3a5453420db5e11248408eb6706 -E-1-1.noarch@r2
#>rule pkg 8dcde3a5453420db5e11248408eb6706 -E-2-2.noarch@r2
#>rule pkg 922e7771d25d1e85c8d25d9903902971 -C-2-1.noarch@system
#>rule pkg 922e7771d25d1e85c8d25d9903902971 -C-3-2.noarch@r2
#>rule pkg 93bb3d35229edfee438e8e7a9c8355b1  D-2-1.noarch@r1
#>rule pkg 93bb3d35229edfee438e8e7a9c8355b1  D-3-1.noarch@r1
#>rule pkg 93bb3d35229edfee438e8e7a9c8355b1 -F-3-1.noarch@r2
#>rule pkg cec68ca36a5555ceff9435ca8a66a156 -D-3-1.noarch@r1
#>rule pkg e961f2ba946d3a44e488682998a7c27b -F-1-2.noarch@r1
#>rule pkg e961f2ba946d3a44e488682998a7c27b -F-3-1.noarch@r2
#>rule update 58043a2a7054a285e1b431ec1e8b7bc0  C-2-1.noarch@system
#>rule update 58043a2a7054a285e1b431ec1e8b7bc0  C-3-2.noarch@r2
#>userinstalled pkg E-2-2.noarch@r2
