repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 2 noarch
#>=Prv: E = 2-2
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Req: E
#>=Req: A >= 2
#>=Tim: 200
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: W
#>=Tim: 200
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prq: V
#>=Req: E <= 3-1
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 2 noarch
#>=Prv: D = 3-2
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: W
#>=Prv: V >= 3
#>=Prv: W = 2-2
#>=Req: E <> 2
#>=Tim: 200
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Req: B >= 1
#>=Prq: D
#>=Req: B
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prv: B
#>=Prq: E <= 3-1
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Req: X <= 2
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prv: W
#>=Tim: 100
system x86_64 rpm system
job install name D
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name E
#>job install name D
#>job update all packages
#>reason A-2-1.noarch@r3 unit 6c6863677f1e31f672fe73127b918647
#>reason A-2-1.noarch@system unit 59e6542e725445306715431c876fe463
#>reason A-3-1.noarch@r1 update 9acc12aa1160f08ecf80a27e229d8873
#>reason B-3-1.noarch@r1 unit 48d6777f54bc0ba045ea6fa1d21c0250
#>reason C-2-1.noarch@r2 unit e31d28a34b05d3b47d8d74d7a77e7841
#>reason D-2-2.noarch@system unit e5bf010c3636e07625b6a03a74a3bfad
#>reason D-3-1.noarch@r3 unit b21c55fea4c0dde64a1f37b388c318de
#>reason D-3-2.noarch@r2 job 5d07a48d6d783aa7a592b938c1212fae
#>reason E-2-1.noarch@r3 unit cd3cf443bcdea42575da707c48e44bbc
#>reason E-2-2.noarch@system unit 36e7304ef79376f753455110be19a05e
#>rule feature a0b9a964abad27d5cb5dbed5482c3803  E-2-1.noarch@r3
#>rule feature a0b9a964abad27d5cb5dbed5482c3803  E-2-2.noarch@system
#>rule job 5d07a48d6d783aa7a592b938c1212fae  D-2-2.noarch@system
#>rule job 5d07a48d6d783aa7a592b938c1212fae  D-3-1.noarch@r3
#>rule job 5d07a48d6d783aa7a592b938c1212fae  D-3-2.noarch@r2
#>rule pkg 2ba41ac35420a19ccae992ca668a42ac  E-2-1.noarch@r3
#>rule pkg 2ba41ac35420a19ccae992ca668a42ac  E-2-2.noarch@system
#>rule pkg 2ba41ac35420a19ccae992ca668a42ac -A-2-1.noarch@system
#>rule pkg 41ac170c2178a476b7e35acad801fd9e  E-2-1.noarch@r3
#>rule pkg 41ac170c2178a476b7e35acad801fd9e  E-2-2.noarch@system
#>rule pkg 41ac170c2178a476b7e35acad801fd9e -B-3-1.noarch@r1
#>rule pkg 48d6777f54bc0ba045ea6fa1d21c0250  C-2-1.noarch@r2
#>rule pkg 48d6777f54bc0ba045ea6fa1d21c0250 -B-3-1.noarch@r1
#>rule pkg 52715395aac3848aad008afbc7cfd655 -A-2-1.noarch@r3
#>rule pkg 52715395aac3848aad008afbc7cfd655 -A-3-1.noarch@r1
#>rule pkg 59e6542e725445306715431c876fe463 -A-2-1.noarch@system
#>rule pkg 59e6542e725445306715431c876fe463 -A-3-1.noarch@r1
#>rule pkg 64e63dae8fd7e43bc991dc8d66ee6370 -C-2-1.noarch@r1
#>rule pkg 64e63dae8fd7e43bc991dc8d66ee6370 -C-2-1.noarch@r2
#>rule pkg 6826e44d1369a382d970869ff639fe90  B-3-1.noarch@r1
#>rule pkg 6826e44d1369a382d970869ff639fe90  B-3-1.noarch@r3
#>rule pkg 6826e44d1369a382d970869ff639fe90 -E-2-1.noarch@r3
#>rule pkg 6c6863677f1e31f672fe73127b918647 -A-2-1.noarch@r3
#>rule pkg 836c83bad13ea4ad782b505cd80a5b30  E-2-1.noarch@r3
#>rule pkg 836c83bad13ea4ad782b505cd80a5b30  E-2-2.noarch@system
#>rule pkg 836c83bad13ea4ad782b505cd80a5b30 -B-3-1.noarch@r3
#>rule pkg 8816a07a677a2d66e615634d1fcb81a3  D-2-2.noarch@system
#>rule pkg 8816a07a677a2d66e615634d1fcb81a3  D-3-1.noarch@r3
#>rule pkg 8816a07a677a2d66e615634d1fcb81a3  D-3-2.noarch@r2
#>rule pkg 8816a07a677a2d66e615634d1fcb81a3 -E-2-1.noarch@r3
#>rule pkg 9a6b1f2c960d03cd4c07c8e079fe34e3 -A-2-1.noarch@r3
#>rule pkg 9a6b1f2c960d03cd4c07c8e079fe34e3 -A-2-1.noarch@system
#>rule pkg a26e2a960053f3d91d630ff8fdc741e3 -B-3-1.noarch@r1
#>rule pkg a26e2a960053f3d91d630ff8fdc741e3 -B-3-1.noarch@r3
#>rule pkg b21c55fea4c0dde64a1f37b388c318de -D-3-1.noarch@r3
#>rule pkg b21c55fea4c0dde64a1f37b388c318de -D-3-2.noarch@r2
#>rule pkg cd3cf443bcdea42575da707c48e44bbc -E-2-1.noarch@r3
#>rule pkg cd3cf443bcdea42575da707c48e44bbc -E-2-2.noarch@system
#>rule pkg e31d28a34b05d3b47d8d74d7a77e7841 -C-2-1.noarch@r2
#>rule pkg e5bf010c3636e07625b6a03a74a3bfad -D-2-2.noarch@system
#>rule pkg e5bf010c3636e07625b6a03a74a3bfad -D-3-2.noarch@r2
#>rule pkg f4b34469871ee31efaf91bac2f9f21c7 -D-2-2.noarch@system
#>rule pkg f4b34469871ee31efaf91bac2f9f21c7 -D-3-1.noarch@r3
#>rule update 36e7304ef79376f753455110be19a05e  E-2-2.noarch@system
#>rule update 5d07a48d6d783aa7a592b938c1212fae  D-2-2.noarch@system
#>rule update 5d07a48d6d783aa7a592b938c1212fae  D-3-1.noarch@r3
#>rule update 5d07a48d6d783aa7a592b938c1212fae  D-3-2.noarch@r2
#>rule update 9acc12aa1160f08ecf80a27e229d8873  A-2-1.noarch@r3
#>rule update 9acc12aa1160f08ecf80a27e229d8873  A-2-1.noarch@system
#>rule update 9acc12aa1160f08ecf80a27e229d8873  A-3-1.noarch@r1
#>unneeded E-2-2.noarch@system
#>unneeded_filtered A-2-1.noarch@system
#>upgrade A-2-1.noarch@system A-3-1.noarch@r1
#>upgrade D-2-2.noarch@system D-3-2.noarch@r2
#>userinstalled pkg D-3-2.noarch@r2
