repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prq: A
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Req: C <= 2-2
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: X = 2
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prq: B
#>=Tim: 100
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: V
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: W = 2
#>=Tim: 100
system x86_64 rpm system
solverflags focusbest
job install provides A
job update all packages
job install name C < 1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name C
#>install A-3-1.noarch@r2
#>job install name C < 1
#>job install provides A
#>job update all packages
#>problem c43b1300 info package C < 1 does not exist
#>problem c43b1300 solution 9f273a70 deljob install name C < 1
#>reason A-1-1.noarch@r2 unit 916f35e602c23013f1a288e82ab5dfa0
#>reason A-3-1.noarch@r2 unit 7fbc645c61917745af0caa5d437e4081
#>reason B-1-1.noarch@r1 unit 577ac8c673f5a551c758a93a2e064717
#>reason B-2-1.noarch@r2 unit 038d5e133cd413d6b0214d044172c33b
#>reason B-2-1.noarch@system update 7c26f94f7f3f84a67be9026608561323
#>reason C-1-1.noarch@r2 unit 6e9e11a40ff7838838b7254ea1951142
#>reason C-1-1.noarch@r3 unit 4c4b4044aec9b17d38571dafe3a44a92
#>reason C-1-2.noarch@r2 unit 0be3d74bcc3812c5d617fd985e4f5e3a
#>reason C-2-1.noarch@system unit 6c03d49ee9cdc129e22c85c5532de709
#>rule feature 17db84272a570b0fa417fc35b5c4e6b5  B-1-1.noarch@r1
#>rule feature 17db84272a570b0fa417fc35b5c4e6b5  B-2-1.noarch@r2
#>rule feature 17db84272a570b0fa417fc35b5c4e6b5  B-2-1.noarch@system
#>rule feature cebc57987b3e12d24aadadf11c265f2a  C-1-1.noarch@r2
#>rule feature cebc57987b3e12d24aadadf11c265f2a  C-1-1.noarch@r3
#>rule feature cebc57987b3e12d24aadadf11c265f2a  C-1-2.noarch@r2
#>rule feature cebc57987b3e12d24aadadf11c265f2a  C-2-1.noarch@system
#>rule job 7fbc645c61917745af0caa5d437e4081  A-1-1.noarch@r2
#>rule job 7fbc645c61917745af0caa5d437e4081  A-3-1.noarch@r2
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 020be6238219663b403d4c826e5086e6 -A-1-1.noarch@r2
#>rule pkg 020be6238219663b403d4c826e5086e6 -A-3-1.noarch@r2
#>rule pkg 038d5e133cd413d6b0214d044172c33b -B-2-1.noarch@r2
#>rule pkg 038d5e133cd413d6b0214d044172c33b -B-2-1.noarch@system
#>rule pkg 06cef206b2d630a9b45c545553f5984a -C-1-1.noarch@r3
#>rule pkg 06cef206b2d630a9b45c545553f5984a -C-1-2.noarch@r2
#>rule pkg 0be3d74bcc3812c5d617fd985e4f5e3a -C-1-2.noarch@r2
#>rule pkg 0be3d74bcc3812c5d617fd985e4f5e3a -C-2-1.noarch@system
#>rule pkg 2114f6caacbf11056cc6f2d7e641037f  C-1-1.noarch@r2
#>rule pkg 2114f6caacbf11056cc6f2d7e641037f  C-1-1.noarch@r3
#>rule pkg 2114f6caacbf11056cc6f2d7e641037f  C-1-2.noarch@r2
#>rule pkg 2114f6caacbf11056cc6f2d7e641037f  C-2-1.noarch@system
#>rule pkg 2114f6caacbf11056cc6f2d7e641037f -B-2-1.noarch@system
#>rule pkg 4c4b4044aec9b17d38571dafe3a44a92 -C-1-1.noarch@r3
#>rule pkg 4c4b4044aec9b17d38571dafe3a44a92 -C-2-1.noarch@system
#>rule pkg 4fd5a1000e9787334521a8d0e7956996 -B-1-1.noarch@r1
#>rule pkg 4fd5a1000e9787334521a8d0e7956996 -B-2-1.noarch@r2
#>rule pkg 577ac8c673f5a551c758a93a2e064717 -B-1-1.noarch@r1
#>rule pkg 577ac8c673f5a551c758a93a2e064717 -B-2-1.noarch@system
#>rule pkg 63210b08bf34bde541568538404e31a6 -C-1-1.noarch@r2
#>rule pkg 63210b08bf34bde541568538404e31a6 -C-1-1.noarch@r3
#>rule pkg 64387ac32161ab2e1f1c8a5540ee7db0 -C-1-1.noarch@r2
#>rule pkg 64387ac32161ab2e1f1c8a5540ee7db0 -C-1-2.noarch@r2
#>rule pkg 6e9e11a40ff7838838b7254ea1951142 -C-1-1.noarch@r2
#>rule pkg 6e9e11a40ff7838838b7254ea1951142 -C-2-1.noarch@system
#>rule pkg 916f35e602c23013f1a288e82ab5dfa0 -A-1-1.noarch@r2
#>rule update 6c03d49ee9cdc129e22c85c5532de709  C-2-1.noarch@system
#>rule update 7c26f94f7f3f84a67be9026608561323  B-2-1.noarch@r2
#>rule update 7c26f94f7f3f84a67be9026608561323  B-2-1.noarch@system
#>unneeded C-2-1.noarch@system
#>unneeded_filtered B-2-1.noarch@system
#>userinstalled pkg A-3-1.noarch@r2
