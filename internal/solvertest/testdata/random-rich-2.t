repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 noarch
#>=Req: (V | B > 2-2) & E > 2-2
#>=Tim: 100
#>=Pkg: F 1 2 noarch
#>=Prv: F = 1-2
#>=Tim: 100
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Prv: C = 2-1
#>=Tim: 100
#>=Pkg: G 2 1 noarch
#>=Prv: G = 2-1
#>=Req: W > 3 <IF> (G <ELSE> C >= 3-1)
#>=Req: V
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: W < 1
#>=Tim: 200
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Req: G
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prq: G < 3
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: X = 2-1
#>=Prv: V
#>=Tim: 200
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Tim: 100
system x86_64 rpm system
job install provides D
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>autoinst name E
#>autoinst name F
#>autoinst name G
#>install D-1-2.noarch@r1
#>job install provides D
#>job update all packages
#>orphaned E-2-1.noarch@system
#>orphaned G-2-1.noarch@system
#>reason C-2-1.noarch@r1 unit c8c41acf67df7e1144d6666647cb9df9
#>reason C-2-2.noarch@system unit 931c3ced9b829a78643c9796d3b6bc4b
#>reason C-3-1.noarch@r1 update 1ebfd9205c6b7f86e6941f600b3e44a5
#>reason D-1-2.noarch@r1 unit b3d8267d759484a93a6f4faf4e12460e
#>reason E-2-1.noarch@system unit bfc317056541d89244bcbc30d5237ba6
#>reason F-1-2.noarch@system unit 540bd486b2a38e59f2d2f5b6e5326e96
#>reason F-2-1.noarch@r1 update 886e08dab44ed31ae34fd3c6c6f6289a
#>reason G-2-1.noarch@system unit ed9ba588c97e7c48ee46245caab2d34b
#>rule feature 3875f882c6b92fbefe70ef52b5c39075  C-2-1.noarch@r1
#>rule feature 3875f882c6b92fbefe70ef52b5c39075  C-2-2.noarch@system
#>rule feature 3875f882c6b92fbefe70ef52b5c39075  C-3-1.noarch@r1
#>rule job b3d8267d759484a93a6f4faf4e12460e  D-1-2.noarch@r1
#>rule pkg 28ac69e97cbd79615492a541c980d496  G-2-1.noarch@system
#>rule pkg 28ac69e97cbd79615492a541c980d496 -D-1-2.noarch@r1
#>rule pkg 540bd486b2a38e59f2d2f5b6e5326e96 -F-1-2.noarch@system
#>rule pkg 540bd486b2a38e59f2d2f5b6e5326e96 -F-2-1.noarch@r1
#>rule pkg 931c3ced9b829a78643c9796d3b6bc4b -C-2-2.noarch@system
#>rule pkg 931c3ced9b829a78643c9796d3b6bc4b -C-3-1.noarch@r1
#>rule pkg af00655d1072eadc81af104f77002ab3  G-2-1.noarch@system
#>rule pkg af00655d1072eadc81af104f77002ab3 -C-3-1.noarch@r1
#>rule pkg c8c41acf67df7e1144d6666647cb9df9 -C-2-1.noarch@r1
#>rule pkg c8c41acf67df7e1144d6666647cb9df9 -C-3-1.noarch@r1
#>rule pkg c8cd930c6dee86b6cf978293d9eac75d -C-2-1.noarch@r1
#>rule pkg c8cd930c6dee86b6cf978293d9eac75d -C-2-2.noarch@system
#>rule update 1ebfd9205c6b7f86e6941f600b3e44a5  C-2-2.noarch@system
#>rule update 1ebfd9205c6b7f86e6941f600b3e44a5  C-3-1.noarch@r1
#>rule update 886e08dab44ed31ae34fd3c6c6f6289a  F-1-2.noarch@system
#>rule update 886e08dab44ed31ae34fd3c6c6f6289a  F-2-1.noarch@r1
#>rule update bfc317056541d89244bcbc30d5237ba6  E-2-1.noarch@system
#>rule update ed9ba588c97e7c48ee46245caab2d34b  G-2-1.noarch@system
#>unneeded_filtered C-2-2.noarch@system
#>unneeded_filtered E-2-1.noarch@system
#>unneeded_filtered F-1-2.noarch@system
#>upgrade C-2-2.noarch@system C-3-1.noarch@r1
#>upgrade F-1-2.noarch@system F-2-1.noarch@r1
#>userinstalled pkg D-1-2.noarch@r1
