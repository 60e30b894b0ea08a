repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prq: D <> 3
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 200
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Req: W
#>=Req: nosuch
#>=Prq: E
#>=Prq: A >= 2-2
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prv: W >= 2-2
#>=Req: W
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prv: V
#>=Prv: X < 2-2
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 1 1 noarch
#>=Prv: G = 1-1
#>=Prq: D
#>=Req: W
#>=Tim: 200
#>=Pkg: G 3 1 noarch
#>=Prv: G = 3-1
#>=Prq: E
#>=Prq: F
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: W
#>=Req: W
#>=Prq: G < 3-1
#>=Req: G
#>=Req: W < 3
#>=Tim: 200
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prq: W
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 3 1 noarch
#>=Prv: G = 3-1
#>=Req: F
#>=Tim: 100
system x86_64 rpm system
job install name C
job install name C
job blacklist name B
job blacklist provides A
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name D
#>autoinst name F
#>job blacklist name B
#>job blacklist provides A
#>job install name C
#>job install name C
#>orphaned C-2-1.noarch@system
#>orphaned F-2-2.noarch@system
#>reason A-1-2.noarch@r1 unit 7addedd04ea3ec63281c0fc5b5ae559f
#>reason A-2-1.noarch@r1 unit 6ee20dceeca3920301e0fd927f969090
#>reason A-3-1.noarch@r2 unit d47ec50a99c7b69d0fcc17189d82b8c5
#>reason B-1-1.noarch@r2 unit af09849675e2f5f0e9d2b8e04adde10c
#>reason B-2-1.noarch@system unit 2fff48a639fdf697bc9b17813074d419
#>reason C-2-1.noarch@system unit 6c03d49ee9cdc129e22c85c5532de709
#>reason D-1-1.noarch@r2 unit d4cb6ba175c12f1a305ae3777f10209f
#>reason D-2-1.noarch@system unit 5f4cffb427f25a97e002249376a82448
#>reason F-2-2.noarch@system unit d7c57da16c81c14ba20a327ba76a7f82
#>reason G-3-1.noarch@r2 unit ffe543c4a8d3dd303cfdf898ec65728d
#>rule black 6ee20dceeca3920301e0fd927f969090 -A-2-1.noarch@r1
#>rule black 7addedd04ea3ec63281c0fc5b5ae559f -A-1-2.noarch@r1
#>rule black d47ec50a99c7b69d0fcc17189d82b8c5 -A-3-1.noarch@r2
#>rule feature 6847f786ab0ea0e2ca2e960541b607a9  B-1-1.noarch@r2
#>rule feature 6847f786ab0ea0e2ca2e960541b607a9  B-2-1.noarch@system
#>rule feature c771f2052f5b6a4628b7d532f0c4b779  D-1-1.noarch@r2
#>rule feature c771f2052f5b6a4628b7d532f0c4b779  D-2-1.noarch@system
#>rule job 6c03d49ee9cdc129e22c85c5532de709  C-2-1.noarch@system
#>rule job 6c03d49ee9cdc129e22c85c5532de709  C-2-1.noarch@system
#>rule pkg 05f87272b8e87d66efbb26defec07c52  F-2-2.noarch@system
#>rule pkg 05f87272b8e87d66efbb26defec07c52 -G-3-1.noarch@r3
#>rule pkg 0aeef34edee1f93296a1616faea4c20a  G-1-1.noarch@r2
#>rule pkg 0aeef34edee1f93296a1616faea4c20a -B-1-1.noarch@r2
#>rule pkg 14e74916cbcf10683374156f2b8ed134 -G-1-1.noarch@r2
#>rule pkg 14e74916cbcf10683374156f2b8ed134 -G-3-1.noarch@r3
#>rule pkg 55c73d38b673abb883439d3c88ec8b3f  G-1-1.noarch@r2
#>rule pkg 55c73d38b673abb883439d3c88ec8b3f  G-3-1.noarch@r2
#>rule pkg 55c73d38b673abb883439d3c88ec8b3f  G-3-1.noarch@r3
#>rule pkg 55c73d38b673abb883439d3c88ec8b3f -B-1-1.noarch@r2
#>rule pkg 5c77160303eda7795ded93e51c9968a3  D-1-1.noarch@r2
#>rule pkg 5c77160303eda7795ded93e51c9968a3  D-2-1.noarch@system
#>rule pkg 5c77160303eda7795ded93e51c9968a3 -G-1-1.noarch@r2
#>rule pkg 8b25193e675f7389f7f91239ef8772cb  B-1-1.noarch@r2
#>rule pkg 8b25193e675f7389f7f91239ef8772cb  B-2-1.noarch@system
#>rule pkg 8b25193e675f7389f7f91239ef8772cb -G-1-1.noarch@r2
#>rule pkg 8bf58c84be9f93d8e0ce29306729ed2b  F-2-2.noarch@system
#>rule pkg 8bf58c84be9f93d8e0ce29306729ed2b -G-3-1.noarch@r2
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-1-1.noarch@r2
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-2-1.noarch@system
#>rule pkg bd49a6c833afecc3261dfde8cf8292e1 -G-3-1.noarch@r2
#>rule pkg bd49a6c833afecc3261dfde8cf8292e1 -G-3-1.noarch@r3
#>rule pkg c33461ce079bf2ede0a7801ec7844b9a  B-1-1.noarch@r2
#>rule pkg c33461ce079bf2ede0a7801ec7844b9a  B-2-1.noarch@system
#>rule pkg c33461ce079bf2ede0a7801ec7844b9a -F-2-2.noarch@system
#>rule pkg d4cb6ba175c12f1a305ae3777f10209f -D-1-1.noarch@r2
#>rule pkg d4cb6ba175c12f1a305ae3777f10209f -D-2-1.noarch@system
#>rule pkg f646e83eef49bd9203e110a5d61a5a71 -G-1-1.noarch@r2
#>rule pkg f646e83eef49bd9203e110a5d61a5a71 -G-3-1.noarch@r2
#>rule pkg ffe543c4a8d3dd303cfdf898ec65728d -G-3-1.noarch@r2
#>rule update 2fff48a639fdf697bc9b17813074d419  B-2-1.noarch@system
#>rule update 5f4cffb427f25a97e002249376a82448  D-2-1.noarch@system
#>rule update 6c03d49ee9cdc129e22c85c5532de709  C-2-1.noarch@system
#>rule update d7c57da16c81c14ba20a327ba76a7f82  F-2-2.noarch@system
#>unneeded B-2-1.noarch@system
#>unneeded_filtered D-2-1.noarch@system
#>unneeded_filtered F-2-2.noarch@system
#>userinstalled pkg C-2-1.noarch@system
