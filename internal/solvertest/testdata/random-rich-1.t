repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Prv: A
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: V >= 2-2
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Tim: 100
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Tim: 100
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: A >= 2
#>=Req: E
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prq: E < 1-1
#>=Tim: 200
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Tim: 100
#>=Pkg: G 1 1 noarch
#>=Prv: G = 1-1
#>=Prv: X
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: W = 2-2
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Tim: 100
system unset rpm system
job install name A
job update oneof B-1-1.noarch@r1 E-2-1.noarch@r2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name C
#>autoinst name E
#>autoinst name F
#>job install name A
#>job update oneof B-1-1.noarch@r1 E-2-1.noarch@r2
#>problem c43b1300 info package A does not exist
#>problem c43b1300 solution 23f73f5b deljob install name A
#>reason B-1-1.noarch@r1 unit 733b9f9327d69037219de12cde402447
#>reason B-2-2.noarch@system unit 5a60406810ecae73302201980ae9c9bc
#>reason C-1-1.noarch@r1 unit ed4a9d180305c2196ba4eb4f20842bb1
#>reason C-2-1.noarch@system unit 6c03d49ee9cdc129e22c85c5532de709
#>reason E-1-1.noarch@r3 unit 396f035cd1b7710849cfc9a35e0474ed
#>reason E-1-1.noarch@system unit 23c51b10216802719fc646c0339e0d82
#>reason E-2-1.noarch@r2 update ab8082b41ceacecd65d1352c098667db
#>reason E-3-1.noarch@r1 unit 8db2eceed0b81a859c4f7abb44a9d7c2
#>reason F-1-1.noarch@r1 unit 1b2c16afea0cef4c6c77bc3a6e02e01a
#>reason F-2-2.noarch@system unit d7c57da16c81c14ba20a327ba76a7f82
#>rule feature 57b02dc29dd8afd7a000a36a21f2e709  F-1-1.noarch@r1
#>rule feature 57b02dc29dd8afd7a000a36a21f2e709  F-2-2.noarch@system
#>rule feature 5bc0904319744fde2892925e52f0c904  B-1-1.noarch@r1
#>rule feature 5bc0904319744fde2892925e52f0c904  B-2-2.noarch@system
#>rule feature 79993a0fce195e9be1b241b86c72ae3b  C-1-1.noarch@r1
#>rule feature 79993a0fce195e9be1b241b86c72ae3b  C-2-1.noarch@system
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 1b2c16afea0cef4c6c77bc3a6e02e01a -F-1-1.noarch@r1
#>rule pkg 1b2c16afea0cef4c6c77bc3a6e02e01a -F-2-2.noarch@system
#>rule pkg 2261db1895cdb152519d9ed21926ab4e -E-1-1.noarch@r3
#>rule pkg 2261db1895cdb152519d9ed21926ab4e -E-3-1.noarch@r1
#>rule pkg 23c51b10216802719fc646c0339e0d82 -E-1-1.noarch@system
#>rule pkg 23c51b10216802719fc646c0339e0d82 -E-2-1.noarch@r2
#>rule pkg 396f035cd1b7710849cfc9a35e0474ed -E-1-1.noarch@r3
#>rule pkg 396f035cd1b7710849cfc9a35e0474ed -E-2-1.noarch@r2
#>rule pkg 6652916173f9b596202297129f4f550c -E-1-1.noarch@system
#>rule pkg 6652916173f9b596202297129f4f550c -E-3-1.noarch@r1
#>rule pkg 733b9f9327d69037219de12cde402447 -B-1-1.noarch@r1
#>rule pkg 8db2eceed0b81a859c4f7abb44a9d7c2 -E-2-1.noarch@r2
#>rule pkg 8db2eceed0b81a859c4f7abb44a9d7c2 -E-3-1.noarch@r1
#>rule pkg 9ad5ca39e76f1493acfb14d36c7a0a8e -E-1-1.noarch@r3
#>rule pkg 9ad5ca39e76f1493acfb14d36c7a0a8e -E-1-1.noarch@system
#>rule pkg d585c85b1001286a0e656f1ef821e727  E-1-1.noarch@r3
#>rule pkg d585c85b1001286a0e656f1ef821e727  E-1-1.noarch@system
#>rule pkg d585c85b1001286a0e656f1ef821e727  E-2-1.noarch@r2
#>rule pkg d585c85b1001286a0e656f1ef821e727  E-3-1.noarch@r1
#>rule pkg d585c85b1001286a0e656f1ef821e727 -C-1-1.noarch@r1
#>rule pkg dd5c30d64c89f2e554a3ada284b44185 -B-1-1.noarch@r1
#>rule pkg dd5c30d64c89f2e554a3ada284b44185 -B-2-2.noarch@system
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-1-1.noarch@r1
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-2-1.noarch@system
#>rule update 5a60406810ecae73302201980ae9c9bc  B-2-2.noarch@system
#>rule update 6c03d49ee9cdc129e22c85c5532de709  C-2-1.noarch@system
#>rule update ab8082b41ceacecd65d1352c098667db  E-1-1.noarch@r3
#>rule update ab8082b41ceacecd65d1352c098667db  E-1-1.noarch@system
#>rule update ab8082b41ceacecd65d1352c098667db  E-2-1.noarch@r2
#>rule update ab8082b41ceacecd65d1352c098667db  E-3-1.noarch@r1
#>rule update d7c57da16c81c14ba20a327ba76a7f82  F-2-2.noarch@system
#>unneeded_filtered B-2-2.noarch@system
#>unneeded_filtered C-2-1.noarch@system
#>unneeded_filtered E-1-1.noarch@system
#>unneeded_filtered F-2-2.noarch@system
#>upgrade E-1-1.noarch@system E-2-1.noarch@r2
