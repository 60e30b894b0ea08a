repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Req: D
#>=Prq: C
#>=Req: D
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Con: B <> 2-2
#>=Tim: 100
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 3 2 noarch
#>=Prv: E = 3-2
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: V = 1-1
#>=Prq: V
#>=Tim: 200
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Req: W
#>=Tim: 200
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Req: B
#>=Prq: V >= 2-1
#>=Con: F <> 1
#>=Tim: 200
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prv: W = 3-1
#>=Req: V
#>=Tim: 100
system i686 rpm system
solverflags allowuninstall
job install name F <> 1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name D
#>job install name F <> 1
#>reason A-1-2.noarch@r1 unit 0063fc339f638109243d07879a650418
#>reason A-2-1.noarch@system unit 4e186cf444c8c4d2856c11e0cb0ea37a
#>reason D-1-1.noarch@r2 unit f17f6a121870281aa3d6034a7e095174
#>reason D-2-2.noarch@system unit f867e1e90b8d597b1cbbfc6dcc9a24ba
#>reason F-1-1.noarch@r1 unit 1fa70146896c0fe60a2f6c5214a04157
#>reason F-2-2.noarch@r1 unit 767bc2ac7bee95946ba47d039e373de0
#>reason F-2-2.noarch@system job 51a4e2bd5d58bc86e628eed386b8fe4b
#>rule feature 01ceed03c01591dfc2d73786bb128488  F-1-1.noarch@r1
#>rule feature 01ceed03c01591dfc2d73786bb128488  F-2-2.noarch@r1
#>rule feature 01ceed03c01591dfc2d73786bb128488  F-2-2.noarch@system
#>rule feature 6b44b39e7d047baa041ca58d8754931d  D-1-1.noarch@r2
#>rule feature 6b44b39e7d047baa041ca58d8754931d  D-2-2.noarch@system
#>rule feature c8c4c56669926f7f8fb223f16175535a  A-1-2.noarch@r1
#>rule feature c8c4c56669926f7f8fb223f16175535a  A-2-1.noarch@system
#>rule job 51a4e2bd5d58bc86e628eed386b8fe4b  F-2-2.noarch@r1
#>rule job 51a4e2bd5d58bc86e628eed386b8fe4b  F-2-2.noarch@system
#>rule pkg 0063fc339f638109243d07879a650418  D-1-1.noarch@r2
#>rule pkg 0063fc339f638109243d07879a650418 -A-1-2.noarch@r1
#>rule pkg 1b2c16afea0cef4c6c77bc3a6e02e01a -F-1-1.noarch@r1
#>rule pkg 1b2c16afea0cef4c6c77bc3a6e02e01a -F-2-2.noarch@system
#>rule pkg 1fa70146896c0fe60a2f6c5214a04157 -F-1-1.noarch@r1
#>rule pkg 24e8c0de9a5bfcdb8a319b064ed2c317 -D-1-1.noarch@r2
#>rule pkg 24e8c0de9a5bfcdb8a319b064ed2c317 -D-2-2.noarch@system
#>rule pkg 6a58f228a5fb76a6ad85f211a164b96e -A-1-2.noarch@r1
#>rule pkg 6a58f228a5fb76a6ad85f211a164b96e -A-2-1.noarch@system
#>rule pkg 767bc2ac7bee95946ba47d039e373de0 -F-2-2.noarch@r1
#>rule pkg 767bc2ac7bee95946ba47d039e373de0 -F-2-2.noarch@system
#>rule pkg db846ac5e911d95b73ad2d12bc3ccb4d -F-1-1.noarch@r1
#>rule pkg db846ac5e911d95b73ad2d12bc3ccb4d -F-2-2.noarch@r1
#>rule pkg f17f6a121870281aa3d6034a7e095174 -D-1-1.noarch@r2
#>rule update 4e186cf444c8c4d2856c11e0cb0ea37a  A-2-1.noarch@system
#>rule update 51a4e2bd5d58bc86e628eed386b8fe4b  F-2-2.noarch@r1
#>rule update 51a4e2bd5d58bc86e628eed386b8fe4b  F-2-2.noarch@system
#>rule update f867e1e90b8d597b1cbbfc6dcc9a24ba  D-2-2.noarch@system
#>unneeded_filtered A-2-1.noarch@system
#>unneeded_filtered D-2-2.noarch@system
#>userinstalled pkg F-2-2.noarch@system
