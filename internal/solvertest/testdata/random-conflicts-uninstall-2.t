repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Prv: X
#>=Tim: 200
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Req: X
#>=Req: G
#>=Req: H
#>=Req: W
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Tim: 100
#>=Pkg: H 1 2 noarch
#>=Prv: H = 1-2
#>=Req: G
#>=Tim: 100
#>=Pkg: C 2 2 noarch
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 3 1 noarch
#>=Prv: G = 3-1
#>=Tim: 200
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prv: X = 1-1
#>=Tim: 100
#>=Pkg: E 1 2 noarch
#>=Prv: E = 1-2
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prq: G > 2
#>=Prq: X
#>=Tim: 200
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Con: F
#>=Tim: 200
#>=Pkg: E 3 2 noarch
#>=Prv: E = 3-2
#>=Req: A
#>=Prq: A >= 2-1
#>=Tim: 200
#>=Pkg: H 3 1 noarch
#>=Prv: H = 3-1
#>=Prq: G <> 1
#>=Req: X
#>=Prq: H
#>=Req: A >= 3
#>=Req: W
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: F > 1-1
#>=Tim: 100
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Tim: 100
#>=Pkg: H 3 2 noarch
#>=Prv: H = 3-2
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Tim: 100
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Req: E
#>=Prq: H = 2-2
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: A
#>=Req: B <> 1-1
#>=Con: B
#>=Tim: 100
system x86_64 rpm system
job erase pkg F-2-1.noarch@system
job erase oneof A-2-2.noarch@system F-2-1.noarch@system
job allowuninstall all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>autoinst name D
#>autoinst name H
#>erase A-2-2.noarch@system
#>erase F-2-1.noarch@system
#>job allowuninstall all packages
#>job erase oneof A-2-2.noarch@system F-2-1.noarch@system
#>job erase pkg F-2-1.noarch@system
#>orphaned D-2-1.noarch@system
#>reason A-1-2.noarch@r2 unit a614fbfb357304921b0d5a0a67113910
#>reason A-2-2.noarch@system unit c0a2738ae4b56ee12bd3b6f4ad0c0c2c
#>reason C-2-1.noarch@r2 unit e31d28a34b05d3b47d8d74d7a77e7841
#>reason C-2-2.noarch@system unit 48d2f03a9955d3ddff54f17610acaa03
#>reason C-3-1.noarch@r2 unit c42fe0db7bace7345db200956a83f523
#>reason D-2-1.noarch@system unit 5f4cffb427f25a97e002249376a82448
#>reason E-3-2.noarch@r1 unit c04864c0b3d49de76beca2116acdfae1
#>reason F-1-1.noarch@r2 unit 196afe9ca26769cf80e6def5091ffa40
#>reason F-2-1.noarch@system unit 12ae176e388892c82f00566d164f9a28
#>reason H-1-2.noarch@system keep 8eb60dad242260a511f4225d72cb7f68
#>reason H-3-1.noarch@r1 unit 00d144da362ac1de124acf94562768f3
#>reason H-3-2.noarch@r2 unit 1852425d356c82605583990204536d03
#>rule feature 0852a98997a7902e849bbcc21d42ace6  C-1-1.noarch@r1
#>rule feature 0852a98997a7902e849bbcc21d42ace6  C-2-1.noarch@r1
#>rule feature 0852a98997a7902e849bbcc21d42ace6  C-2-1.noarch@r2
#>rule feature 0852a98997a7902e849bbcc21d42ace6  C-2-2.noarch@system
#>rule feature 0852a98997a7902e849bbcc21d42ace6  C-3-1.noarch@r2
#>rule feature 368ceef9e7725b4e41276007ab96a46a  F-1-1.noarch@r2
#>rule feature 368ceef9e7725b4e41276007ab96a46a  F-2-1.noarch@system
#>rule feature 7ba00b8888b004642385a4bd5a511aa5  A-1-2.noarch@r2
#>rule feature 7ba00b8888b004642385a4bd5a511aa5  A-2-2.noarch@system
#>rule job 12ae176e388892c82f00566d164f9a28 -F-2-1.noarch@system
#>rule job 12ae176e388892c82f00566d164f9a28 -F-2-1.noarch@system
#>rule job 196afe9ca26769cf80e6def5091ffa40 -F-1-1.noarch@r2
#>rule job c0a2738ae4b56ee12bd3b6f4ad0c0c2c -A-2-2.noarch@system
#>rule pkg 00d144da362ac1de124acf94562768f3 -H-3-1.noarch@r1
#>rule pkg 057bceff4b5d12e2c8a7cd8bf0a9f127  E-1-2.noarch@r1
#>rule pkg 057bceff4b5d12e2c8a7cd8bf0a9f127  E-2-1.noarch@r1
#>rule pkg 057bceff4b5d12e2c8a7cd8bf0a9f127  E-3-2.noarch@r1
#>rule pkg 057bceff4b5d12e2c8a7cd8bf0a9f127 -A-1-2.noarch@r2
#>rule pkg 1852425d356c82605583990204536d03 -H-1-2.noarch@system
#>rule pkg 1852425d356c82605583990204536d03 -H-3-2.noarch@r2
#>rule pkg 1bfc017bd6651e3ef23c194727843221 -C-2-1.noarch@r2
#>rule pkg 1bfc017bd6651e3ef23c194727843221 -C-3-1.noarch@r2
#>rule pkg 2714405730ddb533770f086c196d72bb -C-1-1.noarch@r1
#>rule pkg 2714405730ddb533770f086c196d72bb -C-2-1.noarch@r1
#>rule pkg 2bd6d6739db9a300b6ea04c81e2096bb -F-1-1.noarch@r2
#>rule pkg 2bd6d6739db9a300b6ea04c81e2096bb -F-2-1.noarch@system
#>rule pkg 3ce330335a5c59add17fbe0bd369e086  A-1-2.noarch@r2
#>rule pkg 3ce330335a5c59add17fbe0bd369e086  A-2-2.noarch@system
#>rule pkg 3ce330335a5c59add17fbe0bd369e086 -C-2-1.noarch@r2
#>rule pkg 3e50a8f63b6dcf30edd93fad5da69467 -E-1-2.noarch@r1
#>rule pkg 3e50a8f63b6dcf30edd93fad5da69467 -E-2-1.noarch@r1
#>rule pkg 4b8888bd541896411ce9179353353d0b -H-1-2.noarch@system
#>rule pkg 4b8888bd541896411ce9179353353d0b -H-3-1.noarch@r1
#>rule pkg 50348d0a98a2227355d1354f386b8402  G-3-1.noarch@r1
#>rule pkg 50348d0a98a2227355d1354f386b8402 -C-2-1.noarch@r1
#>rule pkg 600c540f2dff5deaf9a35bd548d53318  G-3-1.noarch@r1
#>rule pkg 600c540f2dff5deaf9a35bd548d53318 -H-3-1.noarch@r1
#>rule pkg 64e63dae8fd7e43bc991dc8d66ee6370 -C-2-1.noarch@r1
#>rule pkg 64e63dae8fd7e43bc991dc8d66ee6370 -C-2-1.noarch@r2
#>rule pkg 6d05742c642f7e74143d7deb63c2fe74  A-2-2.noarch@system
#>rule pkg 6d05742c642f7e74143d7deb63c2fe74  E-2-1.noarch@r1
#>rule pkg 6d05742c642f7e74143d7deb63c2fe74 -C-2-1.noarch@r1
#>rule pkg 904f949282f9a70737c4d1b9ff4c670e -A-1-2.noarch@r2
#>rule pkg 904f949282f9a70737c4d1b9ff4c670e -A-2-2.noarch@system
#>rule pkg a614fbfb357304921b0d5a0a67113910 -A-1-2.noarch@r2
#>rule pkg a95f418ea53d680fa4ef33f6daacf3b3 -C-1-1.noarch@r1
#>rule pkg a95f418ea53d680fa4ef33f6daacf3b3 -C-3-1.noarch@r2
#>rule pkg aa73375f7abfff49b39beebb1f1817c6 -C-1-1.noarch@r1
#>rule pkg aa73375f7abfff49b39beebb1f1817c6 -C-2-1.noarch@r2
#>rule pkg bb09c8b120d1e5013b34b0c0f7cf9296  A-2-2.noarch@system
#>rule pkg bb09c8b120d1e5013b34b0c0f7cf9296  E-2-1.noarch@r1
#>rule pkg bb09c8b120d1e5013b34b0c0f7cf9296 -F-2-1.noarch@system
#>rule pkg bf77753983f47a4e7593c34df6271a8a -C-1-1.noarch@r1
#>rule pkg bf77753983f47a4e7593c34df6271a8a -F-2-1.noarch@system
#>rule pkg c04864c0b3d49de76beca2116acdfae1  A-2-2.noarch@system
#>rule pkg c04864c0b3d49de76beca2116acdfae1 -E-3-2.noarch@r1
#>rule pkg c42fe0db7bace7345db200956a83f523  F-2-1.noarch@system
#>rule pkg c42fe0db7bace7345db200956a83f523 -C-3-1.noarch@r2
#>rule pkg c513b26f985f1b62542241f4d9b17a21  H-1-2.noarch@system
#>rule pkg c513b26f985f1b62542241f4d9b17a21  H-3-1.noarch@r1
#>rule pkg c513b26f985f1b62542241f4d9b17a21  H-3-2.noarch@r2
#>rule pkg c513b26f985f1b62542241f4d9b17a21 -F-2-1.noarch@system
#>rule pkg d641795324e3b79ecbc393a3a112cf3e  A-2-2.noarch@system
#>rule pkg d641795324e3b79ecbc393a3a112cf3e  E-2-1.noarch@r1
#>rule pkg d641795324e3b79ecbc393a3a112cf3e -H-3-1.noarch@r1
#>rule pkg d7f26c5a1837729eb7e1e5345ad53b76 -H-3-1.noarch@r1
#>rule pkg d7f26c5a1837729eb7e1e5345ad53b76 -H-3-2.noarch@r2
#>rule pkg d9c9ffc8dae24cff349add2aa1ce17d9 -E-1-2.noarch@r1
#>rule pkg d9c9ffc8dae24cff349add2aa1ce17d9 -E-3-2.noarch@r1
#>rule pkg da7bd826a89159c4a804571d869fecc5 -C-1-1.noarch@r1
#>rule pkg da7bd826a89159c4a804571d869fecc5 -F-1-1.noarch@r2
#>rule pkg df506184d48eea3726e15bdd1e2778f2  A-1-2.noarch@r2
#>rule pkg df506184d48eea3726e15bdd1e2778f2  A-2-2.noarch@system
#>rule pkg df506184d48eea3726e15bdd1e2778f2 -E-3-2.noarch@r1
#>rule pkg e0682d16ee7de97b733b8a751769940f -E-2-1.noarch@r1
#>rule pkg e0682d16ee7de97b733b8a751769940f -E-3-2.noarch@r1
#>rule pkg e31d28a34b05d3b47d8d74d7a77e7841 -C-2-1.noarch@r2
#>rule pkg ffb951e497d229349387a7ded2b8270d -C-2-1.noarch@r1
#>rule pkg ffb951e497d229349387a7ded2b8270d -C-3-1.noarch@r2
#>rule update 2f2f08d1334f5486acf622f9ed86fd42  A-2-2.noarch@system
#>rule update 48d2f03a9955d3ddff54f17610acaa03  C-2-2.noarch@system
#>rule update 48d2f03a9955d3ddff54f17610acaa03  C-3-1.noarch@r2
#>rule update 5f4cffb427f25a97e002249376a82448  D-2-1.noarch@system
#>rule update 8eb60dad242260a511f4225d72cb7f68  H-1-2.noarch@system
#>rule update 8eb60dad242260a511f4225d72cb7f68  H-3-1.noarch@r1
#>rule update 8eb60dad242260a511f4225d72cb7f68  H-3-2.noarch@r2
#>rule update dabf3c4c39c6e312c3724fed9b0fc993  F-2-1.noarch@system
#>unneeded A-2-2.noarch@system
#>unneeded H-1-2.noarch@system
#>unneeded_filtered C-2-2.noarch@system
#>unneeded_filtered D-2-1.noarch@system
#>unneeded_filtered F-2-1.noarch@system
