repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Req: C
#>=Req: V
#>=Req: D
#>=Prq: V
#>=Req: D
#>=Tim: 100
#>=Pkg: D 2 2 noarch
#>=Prv: X
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Fls: /bin/a
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Fls: /bin/b
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Tim: 200
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 200
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: X
#>=Tim: 100
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Req: X
#>=Req: B
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Req: C
#>=Tim: 200
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Req: A
#>=Fls: /bin/b
#>=Tim: 200
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prv: V = 3
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: W >= 3-1
#>=Fls: /usr/d
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prv: V >= 1-1
#>=Prv: X
#>=Prq: B
#>=Fls: /bin/b
#>=Fls: /bin/a
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Tim: 100
system unset rpm system
job install name C >= 3
job install provides B
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name D
#>install B-3-1.noarch@r1
#>install C-3-1.noarch@r1
#>job install name C >= 3
#>job install provides B
#>reason A-1-1.noarch@r2 unit 916f35e602c23013f1a288e82ab5dfa0
#>reason A-2-1.noarch@system keep c90345fa75f8024a7d97e6626a77408d
#>reason B-1-1.noarch@r2 unit 6c7b78e30ddb9ca33c24cc3015e1b08f
#>reason B-2-1.noarch@r1 unit 8ef1671f7825cf1ac561a688d51c7984
#>reason B-2-1.noarch@r2 unit df5601ca67e2cf5bd6d021012f5667d2
#>reason B-3-1.noarch@r1 job 967c71cc0fc6e58944c393c21566fc6f
#>reason B-3-1.noarch@r2 unit 5434e89e66ed2f3cdbd5d01891610fcf
#>reason C-2-1.noarch@r2 unit 34569de9941630aa54b5bfa4781c1c35
#>reason C-2-2.noarch@r2 unit 6db7ea35b405162970558ca21c70ea47
#>reason C-3-1.noarch@r1 job 1fb3e7ff498f46bcabca1d3302dd30b7
#>reason C-3-1.noarch@r3 unit b77be30c3fa960c4e4372bd9ac91b2fc
#>reason D-2-2.noarch@system keep 28f2f729089c9d3e41d280a78592f321
#>rule choice e02f2068e16955a2e400cbb53ed9f295  D-2-2.noarch@system
#>rule choice e02f2068e16955a2e400cbb53ed9f295 -C-2-2.noarch@r2
#>rule feature 829dbb6377f3322677feb48bf8d93d7e  A-1-1.noarch@r2
#>rule feature 829dbb6377f3322677feb48bf8d93d7e  A-2-1.noarch@r1
#>rule feature 829dbb6377f3322677feb48bf8d93d7e  A-2-1.noarch@system
#>rule feature 829dbb6377f3322677feb48bf8d93d7e  A-3-1.noarch@r1
#>rule feature d811abcc9dee1a2e164d509d4a19858c  D-1-2.noarch@r2
#>rule feature d811abcc9dee1a2e164d509d4a19858c  D-2-1.noarch@r1
#>rule feature d811abcc9dee1a2e164d509d4a19858c  D-2-2.noarch@system
#>rule feature d811abcc9dee1a2e164d509d4a19858c  D-3-1.noarch@r1
#>rule feature d811abcc9dee1a2e164d509d4a19858c  D-3-1.noarch@r3
#>rule job 1fb3e7ff498f46bcabca1d3302dd30b7  C-3-1.noarch@r1
#>rule job 1fb3e7ff498f46bcabca1d3302dd30b7  C-3-1.noarch@r3
#>rule job 967c71cc0fc6e58944c393c21566fc6f  B-1-1.noarch@r2
#>rule job 967c71cc0fc6e58944c393c21566fc6f  B-2-1.noarch@r1
#>rule job 967c71cc0fc6e58944c393c21566fc6f  B-2-1.noarch@r2
#>rule job 967c71cc0fc6e58944c393c21566fc6f  B-3-1.noarch@r1
#>rule job 967c71cc0fc6e58944c393c21566fc6f  B-3-1.noarch@r2
#>rule pkg 126f5246fddc93d2d3dc31a891950528  C-2-1.noarch@r2
#>rule pkg 126f5246fddc93d2d3dc31a891950528  C-2-2.noarch@r2
#>rule pkg 126f5246fddc93d2d3dc31a891950528  C-3-1.noarch@r1
#>rule pkg 126f5246fddc93d2d3dc31a891950528  C-3-1.noarch@r3
#>rule pkg 126f5246fddc93d2d3dc31a891950528 -B-1-1.noarch@r2
#>rule pkg 1c48d134b6a2af340d8c21310137cf23 -A-1-1.noarch@r2
#>rule pkg 1c48d134b6a2af340d8c21310137cf23 -A-3-1.noarch@r1
#>rule pkg 2241bd80ecd8f9144018258c9a482161 -C-2-1.noarch@r2
#>rule pkg 2241bd80ecd8f9144018258c9a482161 -C-3-1.noarch@r3
#>rule pkg 2424df1cf84a978910f60e3bcebb4f56 -B-1-1.noarch@r2
#>rule pkg 2424df1cf84a978910f60e3bcebb4f56 -B-2-1.noarch@r2
#>rule pkg 34569de9941630aa54b5bfa4781c1c35 -C-2-1.noarch@r2
#>rule pkg 34569de9941630aa54b5bfa4781c1c35 -C-3-1.noarch@r1
#>rule pkg 3c0f404ba0cf8ca1670788676084a3b6 -D-2-1.noarch@r1
#>rule pkg 3c0f404ba0cf8ca1670788676084a3b6 -D-3-1.noarch@r3
#>rule pkg 4809d4ad832393f35528f14837853a6c -D-2-1.noarch@r1
#>rule pkg 4809d4ad832393f35528f14837853a6c -D-3-1.noarch@r1
#>rule pkg 49ca5990e90f4dbd90cd42019b1aa3b4  C-2-1.noarch@r2
#>rule pkg 49ca5990e90f4dbd90cd42019b1aa3b4  C-3-1.noarch@r3
#>rule pkg 49ca5990e90f4dbd90cd42019b1aa3b4  D-2-2.noarch@system
#>rule pkg 49ca5990e90f4dbd90cd42019b1aa3b4 -C-2-2.noarch@r2
#>rule pkg 5434e89e66ed2f3cdbd5d01891610fcf -B-3-1.noarch@r1
#>rule pkg 5434e89e66ed2f3cdbd5d01891610fcf -B-3-1.noarch@r2
#>rule pkg 633ae2cb9fcc176db2f138f446070748 -B-2-1.noarch@r2
#>rule pkg 633ae2cb9fcc176db2f138f446070748 -B-3-1.noarch@r2
#>rule pkg 6c7b78e30ddb9ca33c24cc3015e1b08f -B-1-1.noarch@r2
#>rule pkg 6c7b78e30ddb9ca33c24cc3015e1b08f -B-3-1.noarch@r1
#>rule pkg 6db7ea35b405162970558ca21c70ea47 -C-2-2.noarch@r2
#>rule pkg 6db7ea35b405162970558ca21c70ea47 -C-3-1.noarch@r1
#>rule pkg 7a320cb3cab92670be55d957058366cf -B-1-1.noarch@r2
#>rule pkg 7a320cb3cab92670be55d957058366cf -B-3-1.noarch@r2
#>rule pkg 7ff7fb2879ac53b1106683fab4ec9aad  A-1-1.noarch@r2
#>rule pkg 7ff7fb2879ac53b1106683fab4ec9aad  A-2-1.noarch@r1
#>rule pkg 7ff7fb2879ac53b1106683fab4ec9aad  A-3-1.noarch@r1
#>rule pkg 7ff7fb2879ac53b1106683fab4ec9aad -D-1-2.noarch@r2
#>rule pkg 8049527b7b9aaa0febfe50fde1512ddd -C-2-2.noarch@r2
#>rule pkg 8049527b7b9aaa0febfe50fde1512ddd -C-3-1.noarch@r3
#>rule pkg 8ef1671f7825cf1ac561a688d51c7984 -B-2-1.noarch@r1
#>rule pkg 8ef1671f7825cf1ac561a688d51c7984 -B-3-1.noarch@r1
#>rule pkg 910bd984f2ea764171438cdb9754d21f -B-1-1.noarch@r2
#>rule pkg 910bd984f2ea764171438cdb9754d21f -B-2-1.noarch@r1
#>rule pkg 916f35e602c23013f1a288e82ab5dfa0 -A-1-1.noarch@r2
#>rule pkg 98a94c1e120de988351f9fa4e6894f8a -B-2-1.noarch@r1
#>rule pkg 98a94c1e120de988351f9fa4e6894f8a -B-3-1.noarch@r2
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-2-1.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-3-1.noarch@r1
#>rule pkg 9b769a8d3fbd99170c2d2b76ae102143  B-1-1.noarch@r2
#>rule pkg 9b769a8d3fbd99170c2d2b76ae102143  B-2-1.noarch@r1
#>rule pkg 9b769a8d3fbd99170c2d2b76ae102143  B-2-1.noarch@r2
#>rule pkg 9b769a8d3fbd99170c2d2b76ae102143  B-3-1.noarch@r1
#>rule pkg 9b769a8d3fbd99170c2d2b76ae102143  B-3-1.noarch@r2
#>rule pkg 9b769a8d3fbd99170c2d2b76ae102143 -C-3-1.noarch@r3
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-1-1.noarch@r2
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-2-1.noarch@r1
#>rule pkg a9fa0977cee6403647b1d0cf3cf0e98b -D-1-2.noarch@r2
#>rule pkg a9fa0977cee6403647b1d0cf3cf0e98b -D-3-1.noarch@r1
#>rule pkg ae98fff28ab629390d73e2073448584d -D-3-1.noarch@r1
#>rule pkg ae98fff28ab629390d73e2073448584d -D-3-1.noarch@r3
#>rule pkg b461814f01b137de4fd49f8d96abab8c -D-1-2.noarch@r2
#>rule pkg b461814f01b137de4fd49f8d96abab8c -D-2-1.noarch@r1
#>rule pkg b77be30c3fa960c4e4372bd9ac91b2fc -C-3-1.noarch@r1
#>rule pkg b77be30c3fa960c4e4372bd9ac91b2fc -C-3-1.noarch@r3
#>rule pkg c9040d1b5952ec000d36d588c63e3bbe -C-2-1.noarch@r2
#>rule pkg c9040d1b5952ec000d36d588c63e3bbe -C-2-2.noarch@r2
#>rule pkg dd00a462fa3085aff9dd658adcac6828 -B-2-1.noarch@r1
#>rule pkg dd00a462fa3085aff9dd658adcac6828 -B-2-1.noarch@r2
#>rule pkg df5601ca67e2cf5bd6d021012f5667d2 -B-2-1.noarch@r2
#>rule pkg df5601ca67e2cf5bd6d021012f5667d2 -B-3-1.noarch@r1
#>rule pkg ec946f6d83bd031df70493f66950cc5d -D-1-2.noarch@r2
#>rule pkg ec946f6d83bd031df70493f66950cc5d -D-3-1.noarch@r3
#>rule pkg febaa287ec4902c1e871e6f237ae5e4e  B-1-1.noarch@r2
#>rule pkg febaa287ec4902c1e871e6f237ae5e4e  B-2-1.noarch@r1
#>rule pkg febaa287ec4902c1e871e6f237ae5e4e  B-2-1.noarch@r2
#>rule pkg febaa287ec4902c1e871e6f237ae5e4e  B-3-1.noarch@r1
#>rule pkg febaa287ec4902c1e871e6f237ae5e4e  B-3-1.noarch@r2
#>rule pkg febaa287ec4902c1e871e6f237ae5e4e -C-2-2.noarch@r2
#>rule update 28f2f729089c9d3e41d280a78592f321  D-2-2.noarch@system
#>rule update 28f2f729089c9d3e41d280a78592f321  D-3-1.noarch@r1
#>rule update 28f2f729089c9d3e41d280a78592f321  D-3-1.noarch@r3
#>rule update c90345fa75f8024a7d97e6626a77408d  A-2-1.noarch@r1
#>rule update c90345fa75f8024a7d97e6626a77408d  A-2-1.noarch@system
#>rule update c90345fa75f8024a7d97e6626a77408d  A-3-1.noarch@r1
#>unneeded_filtered A-2-1.noarch@system
#>unneeded_filtered D-2-2.noarch@system
#>userinstalled pkg B-3-1.noarch@r1
#>userinstalled pkg C-3-1.noarch@r1
