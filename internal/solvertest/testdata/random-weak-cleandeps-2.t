repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prq: W
#>=Enh: C
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Enh: A
#>=Sug: V
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: W >= 3-1
#>=Req: nosuch
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: A
#>=Rec: C
#>=Tim: 200
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prv: W < 1
#>=Rec: A
#>=Rec: A
#>=Sup: A
#>=Rec: A
#>=Tim: 200
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Req: B
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prq: V
#>=Req: D
#>=Req: A >= 2-1
#>=Req: V
#>=Req: B
#>=Prq: V
#>=Req: X
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: B
#>=Sug: D
#>=Enh: W
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prv: V = 2
#>=Req: B
#>=Req: A
#>=Req: B <> 3-1
#>=Prq: X
#>=Sug: A
#>=Tim: 200
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prv: V = 1-1
#>=Rec: X
#>=Tim: 100
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Rec: B
#>=Tim: 200
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Req: C
#>=Tim: 200
system x86_64 rpm system
job install provides C <> 3 [cleandeps]
job userinstalled name D
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>install B-3-2.noarch@r2
#>install C-2-1.noarch@r2
#>job install provides C <> 3 [cleandeps]
#>job userinstalled name D
#>orphaned A-2-1.noarch@system
#>reason A-2-1.noarch@system unit 4e186cf444c8c4d2856c11e0cb0ea37a
#>reason B-1-1.noarch@r1 unit ac62130a3fedf4c016aaf02e7192cd70
#>reason B-1-2.noarch@r1 unit 2869ee57cd4c92a919f79e693f3d8081
#>reason B-2-1.noarch@r2 unit c388bc1ed22af9525e45cc3c52120f92
#>reason B-3-1.noarch@r2 unit 1d6696287aaf375eaaf5ae25dc54c604
#>reason B-3-1.noarch@r3 unit f751ebca80d1eff9fcf0fadd2929cabe
#>reason B-3-2.noarch@r2 resolve b5e5ff43d2748c8001fb845dbc923c3b
#>reason C-1-1.noarch@r1 unit ff2da05f37d1b3fce12ca9e23d64884b
#>reason C-1-2.noarch@r2 unit 3cee8beb4b3c023e01a3ce90f3d8d247
#>reason C-2-1.noarch@r2 job eb6ca0f977a00f7dce9111fd4628a4f5
#>reason D-1-1.noarch@r1 unit 7f2247270491fea145c9cb45bc80755a
#>reason D-1-1.noarch@system keep aab3b0dd08e5885f772b77726c434b68
#>reason D-2-1.noarch@r2 unit 1bcb8cb9b19e8eef1a9dbe86e3cf2739
#>reason D-3-1.noarch@r2 unit 20882cfdc6a2302d04c3d1487ccb39cf
#>rule job eb6ca0f977a00f7dce9111fd4628a4f5  C-1-1.noarch@r1
#>rule job eb6ca0f977a00f7dce9111fd4628a4f5  C-1-2.noarch@r2
#>rule job eb6ca0f977a00f7dce9111fd4628a4f5  C-2-1.noarch@r2
#>rule pkg 012ab94e31d9f55adc7be0ea19d7434c  A-2-1.noarch@system
#>rule pkg 012ab94e31d9f55adc7be0ea19d7434c  B-1-1.noarch@r1
#>rule pkg 012ab94e31d9f55adc7be0ea19d7434c -B-2-1.noarch@r2
#>rule pkg 0385f865cf3a53f2461b2208f0b8b387  A-2-1.noarch@system
#>rule pkg 0385f865cf3a53f2461b2208f0b8b387  B-1-1.noarch@r1
#>rule pkg 0385f865cf3a53f2461b2208f0b8b387 -D-2-1.noarch@r2
#>rule pkg 05cc039e3763f92a2ddcad70e323716d -D-1-1.noarch@system
#>rule pkg 05cc039e3763f92a2ddcad70e323716d -D-2-1.noarch@r2
#>rule pkg 092fba8b6114e89c159f5d0f17c50576 -B-1-2.noarch@r1
#>rule pkg 092fba8b6114e89c159f5d0f17c50576 -B-3-1.noarch@r3
#>rule pkg 0d413337888ad7c2b41f1976747649d8 -B-1-1.noarch@r1
#>rule pkg 0d413337888ad7c2b41f1976747649d8 -B-3-1.noarch@r3
#>rule pkg 145dcbe2c819c83d9da1450b21c8eda8 -B-1-1.noarch@r1
#>rule pkg 145dcbe2c819c83d9da1450b21c8eda8 -B-3-1.noarch@r2
#>rule pkg 1bcb8cb9b19e8eef1a9dbe86e3cf2739 -D-2-1.noarch@r2
#>rule pkg 1d3d4c01d058fbc7dfff70816eaa8d12 -B-2-1.noarch@r2
#>rule pkg 1d3d4c01d058fbc7dfff70816eaa8d12 -B-3-1.noarch@r3
#>rule pkg 1d6696287aaf375eaaf5ae25dc54c604 -B-3-1.noarch@r2
#>rule pkg 1d6696287aaf375eaaf5ae25dc54c604 -B-3-2.noarch@r2
#>rule pkg 20882cfdc6a2302d04c3d1487ccb39cf -D-1-1.noarch@system
#>rule pkg 20882cfdc6a2302d04c3d1487ccb39cf -D-3-1.noarch@r2
#>rule pkg 2869ee57cd4c92a919f79e693f3d8081 -B-1-2.noarch@r1
#>rule pkg 2869ee57cd4c92a919f79e693f3d8081 -B-3-2.noarch@r2
#>rule pkg 2a5935b4e9b6433a3e9aca05acf837a1 -C-1-1.noarch@r1
#>rule pkg 2a5935b4e9b6433a3e9aca05acf837a1 -C-1-2.noarch@r2
#>rule pkg 3af55bc009939006582b094121faf5dd  B-1-1.noarch@r1
#>rule pkg 3af55bc009939006582b094121faf5dd  B-1-2.noarch@r1
#>rule pkg 3af55bc009939006582b094121faf5dd  B-2-1.noarch@r2
#>rule pkg 3af55bc009939006582b094121faf5dd  B-3-2.noarch@r2
#>rule pkg 3af55bc009939006582b094121faf5dd -D-2-1.noarch@r2
#>rule pkg 3cee8beb4b3c023e01a3ce90f3d8d247 -C-1-2.noarch@r2
#>rule pkg 3cee8beb4b3c023e01a3ce90f3d8d247 -C-2-1.noarch@r2
#>rule pkg 4fd5a1000e9787334521a8d0e7956996 -B-1-1.noarch@r1
#>rule pkg 4fd5a1000e9787334521a8d0e7956996 -B-2-1.noarch@r2
#>rule pkg 566428f04fe566e857665936f272109b -B-1-1.noarch@r1
#>rule pkg 566428f04fe566e857665936f272109b -B-1-2.noarch@r1
#>rule pkg 633ae2cb9fcc176db2f138f446070748 -B-2-1.noarch@r2
#>rule pkg 633ae2cb9fcc176db2f138f446070748 -B-3-1.noarch@r2
#>rule pkg 7f2247270491fea145c9cb45bc80755a -D-1-1.noarch@r1
#>rule pkg 7f2247270491fea145c9cb45bc80755a -D-1-1.noarch@system
#>rule pkg 8513193911a39dd503e46714078c1d25  B-1-1.noarch@r1
#>rule pkg 8513193911a39dd503e46714078c1d25  B-1-2.noarch@r1
#>rule pkg 8513193911a39dd503e46714078c1d25  B-2-1.noarch@r2
#>rule pkg 8513193911a39dd503e46714078c1d25  B-3-1.noarch@r2
#>rule pkg 8513193911a39dd503e46714078c1d25  B-3-1.noarch@r3
#>rule pkg 8513193911a39dd503e46714078c1d25  B-3-2.noarch@r2
#>rule pkg 8513193911a39dd503e46714078c1d25 -D-2-1.noarch@r2
#>rule pkg 867e5f52c3f1b3ed38aff1608c01fca5 -B-1-2.noarch@r1
#>rule pkg 867e5f52c3f1b3ed38aff1608c01fca5 -B-3-1.noarch@r2
#>rule pkg 8c2b953071d9a20e0afcbdaefe0b8aa8 -D-1-1.noarch@r1
#>rule pkg 8c2b953071d9a20e0afcbdaefe0b8aa8 -D-3-1.noarch@r2
#>rule pkg a81b40f1ad0b2149f315b66132b0d2a5  D-2-1.noarch@r2
#>rule pkg a81b40f1ad0b2149f315b66132b0d2a5  D-3-1.noarch@r2
#>rule pkg a81b40f1ad0b2149f315b66132b0d2a5 -B-2-1.noarch@r2
#>rule pkg aa73375f7abfff49b39beebb1f1817c6 -C-1-1.noarch@r1
#>rule pkg aa73375f7abfff49b39beebb1f1817c6 -C-2-1.noarch@r2
#>rule pkg ac62130a3fedf4c016aaf02e7192cd70 -B-1-1.noarch@r1
#>rule pkg ac62130a3fedf4c016aaf02e7192cd70 -B-3-2.noarch@r2
#>rule pkg b3ad46e29815e179a5c754e88b0adc22 -B-2-1.noarch@r2
#>rule pkg b3ad46e29815e179a5c754e88b0adc22 -B-3-2.noarch@r2
#>rule pkg b5e5ff43d2748c8001fb845dbc923c3b  B-1-1.noarch@r1
#>rule pkg b5e5ff43d2748c8001fb845dbc923c3b  B-1-2.noarch@r1
#>rule pkg b5e5ff43d2748c8001fb845dbc923c3b  B-2-1.noarch@r2
#>rule pkg b5e5ff43d2748c8001fb845dbc923c3b  B-3-1.noarch@r2
#>rule pkg b5e5ff43d2748c8001fb845dbc923c3b  B-3-1.noarch@r3
#>rule pkg b5e5ff43d2748c8001fb845dbc923c3b  B-3-2.noarch@r2
#>rule pkg b5e5ff43d2748c8001fb845dbc923c3b -C-2-1.noarch@r2
#>rule pkg c388bc1ed22af9525e45cc3c52120f92 -B-2-1.noarch@r2
#>rule pkg cbe0a6b6d9d7731fbf11ebff7cfa170c -D-1-1.noarch@r1
#>rule pkg cbe0a6b6d9d7731fbf11ebff7cfa170c -D-2-1.noarch@r2
#>rule pkg df43a1ca07253687dd90c501e9f5247b -D-2-1.noarch@r2
#>rule pkg df43a1ca07253687dd90c501e9f5247b -D-3-1.noarch@r2
#>rule pkg f45c6c066a6e24db97033dd07cf8c4a8  D-1-1.noarch@r1
#>rule pkg f45c6c066a6e24db97033dd07cf8c4a8  D-1-1.noarch@system
#>rule pkg f45c6c066a6e24db97033dd07cf8c4a8  D-2-1.noarch@r2
#>rule pkg f45c6c066a6e24db97033dd07cf8c4a8  D-3-1.noarch@r2
#>rule pkg f45c6c066a6e24db97033dd07cf8c4a8 -B-2-1.noarch@r2
#>rule pkg f689a27b68dd13595dcdba8f367d51d9 -B-3-1.noarch@r2
#>rule pkg f689a27b68dd13595dcdba8f367d51d9 -B-3-1.noarch@r3
#>rule pkg f745314dff8bc85a3ec6c0c170af3a2e  C-1-1.noarch@r1
#>rule pkg f745314dff8bc85a3ec6c0c170af3a2e  C-1-2.noarch@r2
#>rule pkg f745314dff8bc85a3ec6c0c170af3a2e  C-2-1.noarch@r2
#>rule pkg f745314dff8bc85a3ec6c0c170af3a2e -B-3-1.noarch@r3
#>rule pkg f751ebca80d1eff9fcf0fadd2929cabe -B-3-1.noarch@r3
#>rule pkg f751ebca80d1eff9fcf0fadd2929cabe -B-3-2.noarch@r2
#>rule pkg fb2a446105abe89c51ade7c6b4c32885 -B-1-2.noarch@r1
#>rule pkg fb2a446105abe89c51ade7c6b4c32885 -B-2-1.noarch@r2
#>rule pkg ff2da05f37d1b3fce12ca9e23d64884b -C-1-1.noarch@r1
#>rule update 4e186cf444c8c4d2856c11e0cb0ea37a  A-2-1.noarch@system
#>rule update aab3b0dd08e5885f772b77726c434b68  D-1-1.noarch@r1
#>rule update aab3b0dd08e5885f772b77726c434b68  D-1-1.noarch@system
#>rule update aab3b0dd08e5885f772b77726c434b68  D-2-1.noarch@r2
#>rule update aab3b0dd08e5885f772b77726c434b68  D-3-1.noarch@r2
#>suggested A-2-1.noarch@system
#>suggested D-1-1.noarch@system
#>unneeded_filtered A-2-1.noarch@system
#>userinstalled pkg C-2-1.noarch@r2
#>userinstalled pkg D-1-1.noarch@system
