repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Req: B
#>=Req: C
#>=Prq: D >= 3
#>=Req: C
#>=Tim: 200
#>=Pkg: B 2 2 noarch
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Req: W
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: V = 3-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: X
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Req: nosuch
#>=Req: A > 1-1
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: V
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: D 3 2 noarch
#>=Prv: D = 3-2
#>=Tim: 200
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prv: W
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prq: B
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Req: V
#>=Prq: B
#>=Tim: 100
system unset rpm system
job install pkg B-3-1.noarch@r1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>install B-3-1.noarch@r1
#>job install pkg B-3-1.noarch@r1
#>reason A-1-1.noarch@r2 unit 916f35e602c23013f1a288e82ab5dfa0
#>reason A-2-1.noarch@r2 unit a7043c934027f5fa52d64a14505f4532
#>reason A-2-2.noarch@system unit 2f2f08d1334f5486acf622f9ed86fd42
#>reason B-2-2.noarch@system unit 5a60406810ecae73302201980ae9c9bc
#>reason B-3-1.noarch@r1 unit 13a6a7137bc203eef36363ba66574bcb
#>rule feature bc38f528830708bb076f5cb347001f09  B-1-1.noarch@r2
#>rule feature bc38f528830708bb076f5cb347001f09  B-2-2.noarch@system
#>rule feature dd02f80a23008e78eb456809d8e7d8d6  A-1-1.noarch@r2
#>rule feature dd02f80a23008e78eb456809d8e7d8d6  A-2-1.noarch@r2
#>rule feature dd02f80a23008e78eb456809d8e7d8d6  A-2-2.noarch@system
#>rule job 13a6a7137bc203eef36363ba66574bcb  B-3-1.noarch@r1
#>rule pkg 3237cba8511faf053d3246481bebb6af -A-1-1.noarch@r2
#>rule pkg 3237cba8511faf053d3246481bebb6af -A-2-1.noarch@r2
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-1-1.noarch@r2
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-2-2.noarch@system
#>rule pkg 916f35e602c23013f1a288e82ab5dfa0 -A-1-1.noarch@r2
#>rule pkg a7043c934027f5fa52d64a14505f4532 -A-2-1.noarch@r2
#>rule pkg a7043c934027f5fa52d64a14505f4532 -A-2-2.noarch@system
#>rule update 2f2f08d1334f5486acf622f9ed86fd42  A-2-2.noarch@system
#>rule update 5a60406810ecae73302201980ae9c9bc  B-2-2.noarch@system
#>unneeded_filtered A-2-2.noarch@system
#>unneeded_filtered B-2-2.noarch@system
#>userinstalled pkg B-3-1.noarch@r1
