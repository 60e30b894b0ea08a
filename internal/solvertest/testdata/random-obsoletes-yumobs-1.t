repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 1 noarch
#>=Req: A <= 3
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prv: D < 3
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Req: E
#>=Obs: F >= 2-1
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 1 2 noarch
#>=Prv: F = 1-2
#>=Req: F
#>=Req: B
#>=Prq: D
#>=Tim: 100
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Obs: D
#>=Tim: 200
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Req: D
#>=Tim: 200
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Req: nosuch
#>=Req: F
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prq: C
#>=Tim: 100
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Tim: 200
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Obs: B
#>=Obs: C > 3
#>=Obs: B
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 3 1 noarch
#>=Prv: F = 3-1
#>=Req: E
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Req: D <= 2-2
#>=Req: E
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prv: W
#>=Req: B
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prq: A = 2
#>=Tim: 100
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Prv: W >= 2
#>=Req: W
#>=Obs: F <= 3
#>=Obs: E < 2-2
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: W = 1-1
#>=Prv: W = 3-1
#>=Tim: 100
system x86_64 rpm system
solverflags yumobsoletes
job erase oneof F-3-1.noarch@r3 D-3-1.noarch@r3
job update all packages
job install oneof F-1-2.noarch@r1 E-1-1.noarch@r2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name D
#>autoinst name E
#>job erase oneof F-3-1.noarch@r3 D-3-1.noarch@r3
#>job install oneof F-1-2.noarch@r1 E-1-1.noarch@r2
#>job update all packages
#>orphaned B-1-1.noarch@system
#>problem 153d7323 info nothing provides B needed by F-1-2.noarch
#>problem 153d7323 solution 2e1503b1 replace E-2-1.noarch@system E-1-1.noarch@r2
#>problem 153d7323 solution 8900b1f2 deljob install oneof F-1-2.noarch@r1 E-1-1.noarch@r2
#>reason A-2-1.noarch@r2 unit 1339d22a7d084fd854df35a92709ba12
#>reason B-1-1.noarch@system unit 47e408409ed10102756ab2d7b46334ef
#>reason C-1-2.noarch@r3 unit ce306d97f2eed7c0690131277acb1974
#>reason D-1-1.noarch@r3 unit 2645a64c798ceb5595bcb880799f8564
#>reason D-2-1.noarch@system unit aa79a48f3b5475d09b1b7815fc16b4b1
#>reason D-3-1.noarch@r3 unit 9f27f2d9f7e4e02936013db66afda118
#>reason E-1-1.noarch@r2 unit 723990037416464e364c7bdcda0bfdec
#>reason E-2-1.noarch@r3 unit 7aed309e7a7869ea9e3aa2466df91579
#>reason E-2-1.noarch@system update 44e43655c8d4c7def9ede0fc76b0f6f3
#>reason F-1-2.noarch@r1 unit 29206300765de615c66dd1962b568371
#>reason F-2-1.noarch@r1 unit cfbd3fd15a9d73a7107fd751e86448e8
#>reason F-3-1.noarch@r3 unit 95926feb6988c067b6fd77f1d070520e
#>rule choice 1339d22a7d084fd854df35a92709ba12  C-1-2.noarch@r3
#>rule choice 1339d22a7d084fd854df35a92709ba12 -A-2-1.noarch@r2
#>rule feature 44e43655c8d4c7def9ede0fc76b0f6f3  C-1-2.noarch@r3
#>rule feature 44e43655c8d4c7def9ede0fc76b0f6f3  E-1-1.noarch@r2
#>rule feature 44e43655c8d4c7def9ede0fc76b0f6f3  E-2-1.noarch@r3
#>rule feature 44e43655c8d4c7def9ede0fc76b0f6f3  E-2-1.noarch@system
#>rule feature 93b0ff7e01e49f3ecab5915f720cf0c6  D-1-1.noarch@r3
#>rule feature 93b0ff7e01e49f3ecab5915f720cf0c6  D-1-2.noarch@r1
#>rule feature 93b0ff7e01e49f3ecab5915f720cf0c6  D-2-1.noarch@system
#>rule feature 93b0ff7e01e49f3ecab5915f720cf0c6  D-3-1.noarch@r3
#>rule job 2e73f951d705e4ac3f5058d9584dd7a2  E-1-1.noarch@r2
#>rule job 2e73f951d705e4ac3f5058d9584dd7a2  F-1-2.noarch@r1
#>rule job 95926feb6988c067b6fd77f1d070520e -F-3-1.noarch@r3
#>rule job 9f27f2d9f7e4e02936013db66afda118 -D-3-1.noarch@r3
#>rule learnt ce306d97f2eed7c0690131277acb1974 -C-1-2.noarch@r3
#>rule pkg 0adf14fd70927c5205729a7489e1859d -D-1-1.noarch@r3
#>rule pkg 0adf14fd70927c5205729a7489e1859d -D-3-1.noarch@r3
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-2-1.noarch@r2
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-3-1.noarch@r2
#>rule pkg 1416f7ff9a36d48893f40ab55ea126f0 -C-2-2.noarch@r2
#>rule pkg 1416f7ff9a36d48893f40ab55ea126f0 -C-3-1.noarch@r2
#>rule pkg 1bc637c1e93469c1d3b91867516b6008 -A-2-1.noarch@r2
#>rule pkg 1bc637c1e93469c1d3b91867516b6008 -A-3-1.noarch@r1
#>rule pkg 200bde418e91a4d9d6f1442597a95c56 -C-1-2.noarch@r3
#>rule pkg 200bde418e91a4d9d6f1442597a95c56 -F-1-2.noarch@r1
#>rule pkg 236162615b6638cd1d02782bd486063f  C-1-2.noarch@r3
#>rule pkg 236162615b6638cd1d02782bd486063f  C-2-2.noarch@r2
#>rule pkg 236162615b6638cd1d02782bd486063f  C-3-1.noarch@r2
#>rule pkg 236162615b6638cd1d02782bd486063f -A-2-1.noarch@r2
#>rule pkg 2645a64c798ceb5595bcb880799f8564  A-2-1.noarch@r2
#>rule pkg 2645a64c798ceb5595bcb880799f8564 -D-1-1.noarch@r3
#>rule pkg 27395e824fe6bcbce86a6a530d794a8d -F-1-2.noarch@r1
#>rule pkg 27395e824fe6bcbce86a6a530d794a8d -F-3-1.noarch@r3
#>rule pkg 29206300765de615c66dd1962b568371 -F-1-2.noarch@r1
#>rule pkg 34ae35e59e8d0802fa9bd1e2764d888b -F-1-2.noarch@r1
#>rule pkg 34ae35e59e8d0802fa9bd1e2764d888b -F-2-1.noarch@r1
#>rule pkg 3ae8293b8558e526cdffc98944311ebd -B-1-1.noarch@system
#>rule pkg 3ae8293b8558e526cdffc98944311ebd -F-3-1.noarch@r3
#>rule pkg 555bf1d06bd164001309884fc2fff7fe -C-1-2.noarch@r3
#>rule pkg 555bf1d06bd164001309884fc2fff7fe -F-2-1.noarch@r1
#>rule pkg 6d91bd88c21eb94b8e67def7e6dfcaf0 -C-1-2.noarch@r3
#>rule pkg 6d91bd88c21eb94b8e67def7e6dfcaf0 -E-2-1.noarch@r3
#>rule pkg 723990037416464e364c7bdcda0bfdec -E-1-1.noarch@r2
#>rule pkg 723990037416464e364c7bdcda0bfdec -E-2-1.noarch@system
#>rule pkg 7685ad763bb7a0102d50139b2a2c7985 -C-1-2.noarch@r3
#>rule pkg 7685ad763bb7a0102d50139b2a2c7985 -C-2-2.noarch@r2
#>rule pkg 7aed309e7a7869ea9e3aa2466df91579 -E-2-1.noarch@r3
#>rule pkg 7aed309e7a7869ea9e3aa2466df91579 -E-2-1.noarch@system
#>rule pkg 8a773685164134c61a8908370c4a141a -D-1-1.noarch@r3
#>rule pkg 8a773685164134c61a8908370c4a141a -D-1-2.noarch@r1
#>rule pkg 991236ad831dd12922e646f6db5bc286 -C-1-2.noarch@r3
#>rule pkg 991236ad831dd12922e646f6db5bc286 -E-1-1.noarch@r2
#>rule pkg 9b0ba6cbe1b689f19637efd8ca88b9cb  D-1-1.noarch@r3
#>rule pkg 9b0ba6cbe1b689f19637efd8ca88b9cb  D-1-2.noarch@r1
#>rule pkg 9b0ba6cbe1b689f19637efd8ca88b9cb  D-3-1.noarch@r3
#>rule pkg 9b0ba6cbe1b689f19637efd8ca88b9cb  E-2-1.noarch@system
#>rule pkg 9b0ba6cbe1b689f19637efd8ca88b9cb -F-1-2.noarch@r1
#>rule pkg 9f27f2d9f7e4e02936013db66afda118 -D-3-1.noarch@r3
#>rule pkg ad0e42f45a47b288c6a5958d024db0bf  E-1-1.noarch@r2
#>rule pkg ad0e42f45a47b288c6a5958d024db0bf  E-2-1.noarch@r3
#>rule pkg ad0e42f45a47b288c6a5958d024db0bf  E-2-1.noarch@system
#>rule pkg ad0e42f45a47b288c6a5958d024db0bf -B-1-1.noarch@system
#>rule pkg b126d75c9e3662e8d4a78d437c0cdfc0 -D-1-2.noarch@r1
#>rule pkg b126d75c9e3662e8d4a78d437c0cdfc0 -D-3-1.noarch@r3
#>rule pkg c3160493ebbc44b11f5a9c9edd1688f6 -E-1-1.noarch@r2
#>rule pkg c3160493ebbc44b11f5a9c9edd1688f6 -E-2-1.noarch@r3
#>rule pkg cfbd3fd15a9d73a7107fd751e86448e8 -B-1-1.noarch@system
#>rule pkg cfbd3fd15a9d73a7107fd751e86448e8 -F-2-1.noarch@r1
#>rule pkg d0ac2522b657d803bc55230acd572c4d -C-1-2.noarch@r3
#>rule pkg d0ac2522b657d803bc55230acd572c4d -E-2-1.noarch@system
#>rule pkg d8245b49f9e30295badc51dd12534200 -C-1-2.noarch@r3
#>rule pkg d8245b49f9e30295badc51dd12534200 -C-3-1.noarch@r2
#>rule pkg e0ae49c7d8bea18e7e8d99d140d8177b  D-1-1.noarch@r3
#>rule pkg e0ae49c7d8bea18e7e8d99d140d8177b  D-1-2.noarch@r1
#>rule pkg e0ae49c7d8bea18e7e8d99d140d8177b  E-2-1.noarch@system
#>rule pkg e0ae49c7d8bea18e7e8d99d140d8177b -E-2-1.noarch@r3
#>rule pkg f27f5878f97403e56d59638f5bd23f13 -C-1-2.noarch@r3
#>rule pkg f27f5878f97403e56d59638f5bd23f13 -F-3-1.noarch@r3
#>rule update 103561aaed8f135a4a38834c901422a4  C-1-2.noarch@r3
#>rule update 103561aaed8f135a4a38834c901422a4  E-2-1.noarch@r3
#>rule update 103561aaed8f135a4a38834c901422a4  E-2-1.noarch@system
#>rule update 47e408409ed10102756ab2d7b46334ef  B-1-1.noarch@system
#>rule update aa79a48f3b5475d09b1b7815fc16b4b1  D-2-1.noarch@system
#>rule update aa79a48f3b5475d09b1b7815fc16b4b1  D-3-1.noarch@r3
#>unneeded E-2-1.noarch@system
#>unneeded_filtered B-1-1.noarch@system
#>unneeded_filtered D-2-1.noarch@system
