repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prv: X = 1-1
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prv: W
#>=Prv: W
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
#>=Pkg: C 3 2 noarch
#>=Prv: C = 3-2
#>=Tim: 100
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Prv: V = 3-1
#>=Prv: W
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 2 noarch
#>=Prv: D = 3-2
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prv: X
#>=Prv: W = 2-2
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: V
#>=Prv: C
#>=Prv: V = 1
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 100
#>=Pkg: E 1 2 noarch
#>=Prv: E = 1-2
#>=Tim: 200
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Tim: 100
#>=Pkg: E 2 2 noarch
#>=Prv: E = 2-2
#>=Prv: W
#>=Prv: V >= 1-1
#>=Prv: V = 2-1
#>=Prv: X = 1
#>=Prq: E <= 2
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prq: C
#>=Req: V < 1
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: W < 3
#>=Tim: 100
system unset rpm system
job erase name A [weak]
job install pkg E-3-1.noarch@r3
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name D
#>job erase name A [weak]
#>job install pkg E-3-1.noarch@r3
#>reason A-1-2.noarch@r3 unit 8fc40527e50661d45ba5ec90a2fa3295
#>reason A-2-1.noarch@r3 unit 6c6863677f1e31f672fe73127b918647
#>reason D-2-1.noarch@system keep 153ca98f7109a536e761eb1647082464
#>reason D-3-1.noarch@r3 unit ad22c70fbf70f9058dfa537ebd3b6d74
#>reason D-3-2.noarch@r2 unit 2cece52d3505eec1908eceb2c5009db9
#>reason E-1-2.noarch@r2 unit 37903a9393639d0c6dffc75a5c26ea40
#>reason E-2-1.noarch@r1 unit 55661ea6740fac45c9c4445d8b02f52a
#>reason E-2-1.noarch@system unit c280aef8b86887dff5dc8913e7cf32d7
#>reason E-2-2.noarch@r3 unit d966fc787ec16ac89765f73287400dfd
#>reason E-3-1.noarch@r3 unit 2c52f510908d8fd7fadcad3923882ec3
#>rule feature b02c967368ea3d6b1008bea98957baf8  E-1-2.noarch@r2
#>rule feature b02c967368ea3d6b1008bea98957baf8  E-2-1.noarch@r1
#>rule feature b02c967368ea3d6b1008bea98957baf8  E-2-1.noarch@system
#>rule feature b02c967368ea3d6b1008bea98957baf8  E-2-2.noarch@r3
#>rule feature b02c967368ea3d6b1008bea98957baf8  E-3-1.noarch@r3
#>rule job 2c52f510908d8fd7fadcad3923882ec3  E-3-1.noarch@r3
#>rule job 6c6863677f1e31f672fe73127b918647 -A-2-1.noarch@r3
#>rule job 8fc40527e50661d45ba5ec90a2fa3295 -A-1-2.noarch@r3
#>rule pkg 21caf71b93e5a6ec414a3cfd1e37c53f -E-1-2.noarch@r2
#>rule pkg 21caf71b93e5a6ec414a3cfd1e37c53f -E-2-1.noarch@system
#>rule pkg 2cece52d3505eec1908eceb2c5009db9 -D-2-1.noarch@system
#>rule pkg 2cece52d3505eec1908eceb2c5009db9 -D-3-2.noarch@r2
#>rule pkg 2e6493b3960a357fba5f2fc9d4a5412c -E-2-1.noarch@r1
#>rule pkg 2e6493b3960a357fba5f2fc9d4a5412c -E-2-2.noarch@r3
#>rule pkg 37903a9393639d0c6dffc75a5c26ea40 -E-1-2.noarch@r2
#>rule pkg 37903a9393639d0c6dffc75a5c26ea40 -E-3-1.noarch@r3
#>rule pkg 3930baad983d2c059dda5e59d8b843ad -E-1-2.noarch@r2
#>rule pkg 3930baad983d2c059dda5e59d8b843ad -E-2-2.noarch@r3
#>rule pkg 43dc46ef355e5c28d15c45cc87655f1e -E-1-2.noarch@r2
#>rule pkg 43dc46ef355e5c28d15c45cc87655f1e -E-2-1.noarch@r1
#>rule pkg 55661ea6740fac45c9c4445d8b02f52a -E-2-1.noarch@r1
#>rule pkg 55661ea6740fac45c9c4445d8b02f52a -E-3-1.noarch@r3
#>rule pkg 6e28f1a22f79c17e9687e176a038d435 -E-2-1.noarch@system
#>rule pkg 6e28f1a22f79c17e9687e176a038d435 -E-2-2.noarch@r3
#>rule pkg ad22c70fbf70f9058dfa537ebd3b6d74 -D-2-1.noarch@system
#>rule pkg ad22c70fbf70f9058dfa537ebd3b6d74 -D-3-1.noarch@r3
#>rule pkg b21c55fea4c0dde64a1f37b388c318de -D-3-1.noarch@r3
#>rule pkg b21c55fea4c0dde64a1f37b388c318de -D-3-2.noarch@r2
#>rule pkg c280aef8b86887dff5dc8913e7cf32d7 -E-2-1.noarch@system
#>rule pkg c280aef8b86887dff5dc8913e7cf32d7 -E-3-1.noarch@r3
#>rule pkg d8edc791bc18bb4a9f184359012aaf0d -E-2-1.noarch@r1
#>rule pkg d8edc791bc18bb4a9f184359012aaf0d -E-2-1.noarch@system
#>rule pkg d966fc787ec16ac89765f73287400dfd -E-2-2.noarch@r3
#>rule pkg d966fc787ec16ac89765f73287400dfd -E-3-1.noarch@r3
#>rule update 153ca98f7109a536e761eb1647082464  D-2-1.noarch@system
#>rule update 153ca98f7109a536e761eb1647082464  D-3-1.noarch@r3
#>rule update 153ca98f7109a536e761eb1647082464  D-3-2.noarch@r2
#>rule update 68e1fe313e535a389958c6911a4da418  E-2-1.noarch@r1
#>rule update 68e1fe313e535a389958c6911a4da418  E-2-1.noarch@system
#>rule update 68e1fe313e535a389958c6911a4da418  E-2-2.noarch@r3
#>rule update 68e1fe313e535a389958c6911a4da418  E-3-1.noarch@r3
#>unneeded_filtered D-2-1.noarch@system
#>unneeded_filtered E-2-1.noarch@system
#>upgrade E-2-1.noarch@system E-3-1.noarch@r3
#>userinstalled pkg E-3-1.noarch@r3
