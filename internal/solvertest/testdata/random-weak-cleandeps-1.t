repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Prv: W = 2-2
#>=Req: F
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Req: G >= 2-1
#>=Sup: G
#>=Tim: 200
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Prv: V
#>=Prv: X
#>=Req: E
#>=Sug: X
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Rec: H
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Enh: D <= 2-2
#>=Sup: V > 1-1
#>=Sug: F
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: V = 2
#>=Req: E > 3-1
#>=Tim: 200
#>=Pkg: D 3 2 noarch
#>=Prv: D = 3-2
#>=Tim: 100
system unset rpm system
solverflags ignorerecommended
job install name H >= 2-2 [cleandeps]
job install name A
job userinstalled name H
job userinstalled name E
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>job install name A
#>job install name H >= 2-2 [cleandeps]
#>job userinstalled name E
#>job userinstalled name H
#>problem c43b1300 info package H >= 2-2 does not exist
#>problem c43b1300 solution dc03b5f9 deljob install name H >= 2-2 [cleandeps]
#>reason A-1-1.noarch@system job e562325c4f06699c3b3ac61ee39cc3d4
#>reason A-2-1.noarch@r2 unit 7162315fe524e7b93f9a2f20dad6c2ce
#>reason C-2-1.noarch@system unit 6c03d49ee9cdc129e22c85c5532de709
#>rule feature da269f6e925ba672c46290a19a1f729a  C-1-1.noarch@r1
#>rule feature da269f6e925ba672c46290a19a1f729a  C-1-2.noarch@r1
#>rule feature da269f6e925ba672c46290a19a1f729a  C-2-1.noarch@system
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule job e562325c4f06699c3b3ac61ee39cc3d4  A-1-1.noarch@system
#>rule job e562325c4f06699c3b3ac61ee39cc3d4  A-2-1.noarch@r2
#>rule pkg 253e9b0d201a269997677c661f677999  F-1-1.noarch@r2
#>rule pkg 253e9b0d201a269997677c661f677999 -E-1-1.noarch@r1
#>rule pkg 3836a3994afa312860daf8ee46f055e1 -C-1-1.noarch@r1
#>rule pkg 3836a3994afa312860daf8ee46f055e1 -C-1-2.noarch@r1
#>rule pkg 44cfc42d30fd31d1b16d891e813f356e -E-1-1.noarch@r1
#>rule pkg 44cfc42d30fd31d1b16d891e813f356e -E-3-1.noarch@r1
#>rule pkg 4e634c760352c0d93c3470fc26be9893  E-1-1.noarch@r1
#>rule pkg 4e634c760352c0d93c3470fc26be9893  E-3-1.noarch@r1
#>rule pkg 4e634c760352c0d93c3470fc26be9893 -C-1-2.noarch@r1
#>rule pkg 7162315fe524e7b93f9a2f20dad6c2ce -A-1-1.noarch@system
#>rule pkg 7162315fe524e7b93f9a2f20dad6c2ce -A-2-1.noarch@r2
#>rule update 6c03d49ee9cdc129e22c85c5532de709  C-2-1.noarch@system
#>rule update e562325c4f06699c3b3ac61ee39cc3d4  A-1-1.noarch@system
#>rule update e562325c4f06699c3b3ac61ee39cc3d4  A-2-1.noarch@r2
#>unneeded_filtered C-2-1.noarch@system
#>userinstalled pkg A-1-1.noarch@system
