repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Req: B <> 2-1
#>=Tim: 200
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
#>=Pkg: C 3 2 noarch
#>=Prv: C = 3-2
#>=Prv: W
#>=Req: X
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Req: C
#>=Tim: 100
#>=Pkg: C 3 2 noarch
#>=Prv: C = 3-2
#>=Prv: V
#>=Req: A
#>=Req: W >= 1
#>=Prq: B
#>=Prq: B
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prq: A > 2-2
#>=Req: C
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Tim: 100
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prq: A > 3-1
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 100
system x86_64 rpm system
job update all packages
job lock name A
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name C
#>job lock name A
#>job update all packages
#>reason A-1-1.noarch@r2 unit 916f35e602c23013f1a288e82ab5dfa0
#>reason A-2-1.noarch@system unit 4e186cf444c8c4d2856c11e0cb0ea37a
#>reason A-2-2.noarch@r2 unit 8872a9efb3721686a6cc61e499476257
#>reason A-3-1.noarch@r3 unit abe9ec5f9dd479cb1613f97c878987d8
#>reason C-2-1.noarch@system unit 69177b4b6edcb1c2e0d715816d091b74
#>reason C-3-1.noarch@r2 update 2d1472ca954086d35c69e40106bc0861
#>reason C-3-2.noarch@r1 unit eb1a2a27d673c4d2546be3d8336cc150
#>reason C-3-2.noarch@r2 unit 570de4ea7624384055926e475597c0cd
#>rule feature ca66ff8648944e1dd3c27b50023af5c3  A-1-1.noarch@r2
#>rule feature ca66ff8648944e1dd3c27b50023af5c3  A-2-1.noarch@system
#>rule feature ca66ff8648944e1dd3c27b50023af5c3  A-2-2.noarch@r2
#>rule feature ca66ff8648944e1dd3c27b50023af5c3  A-3-1.noarch@r3
#>rule job 4e186cf444c8c4d2856c11e0cb0ea37a  A-2-1.noarch@system
#>rule job 8872a9efb3721686a6cc61e499476257 -A-2-2.noarch@r2
#>rule job 916f35e602c23013f1a288e82ab5dfa0 -A-1-1.noarch@r2
#>rule job abe9ec5f9dd479cb1613f97c878987d8 -A-3-1.noarch@r3
#>rule pkg 16a221d2646da264a1beeb43ac84185d -C-3-2.noarch@r1
#>rule pkg 16a221d2646da264a1beeb43ac84185d -C-3-2.noarch@r2
#>rule pkg 3e7a2e5b9ef50373dc1c2e0b9d9c05ea -A-1-1.noarch@r2
#>rule pkg 3e7a2e5b9ef50373dc1c2e0b9d9c05ea -A-2-2.noarch@r2
#>rule pkg 5592ab199833cbc84826339af886e78d  B-2-1.noarch@r1
#>rule pkg 5592ab199833cbc84826339af886e78d  B-2-2.noarch@r2
#>rule pkg 5592ab199833cbc84826339af886e78d  B-3-1.noarch@r1
#>rule pkg 5592ab199833cbc84826339af886e78d  B-3-1.noarch@r3
#>rule pkg 5592ab199833cbc84826339af886e78d -C-3-2.noarch@r2
#>rule pkg 570de4ea7624384055926e475597c0cd  C-3-2.noarch@r1
#>rule pkg 570de4ea7624384055926e475597c0cd -C-3-2.noarch@r2
#>rule pkg 66e1ebc6ceb1af0d7dd56fa324a2c3aa -C-2-1.noarch@system
#>rule pkg 66e1ebc6ceb1af0d7dd56fa324a2c3aa -C-3-2.noarch@r1
#>rule pkg 672295fcc14389146640f495ac7a0e4e -A-1-1.noarch@r2
#>rule pkg 672295fcc14389146640f495ac7a0e4e -A-3-1.noarch@r3
#>rule pkg 67bf87b3b6d205a4665cc4b9cfdba6f1 -A-2-1.noarch@system
#>rule pkg 67bf87b3b6d205a4665cc4b9cfdba6f1 -A-2-2.noarch@r2
#>rule pkg 69177b4b6edcb1c2e0d715816d091b74 -C-2-1.noarch@system
#>rule pkg 69177b4b6edcb1c2e0d715816d091b74 -C-3-1.noarch@r2
#>rule pkg 693da94e8d7b189cf7711c87756ea850 -B-2-2.noarch@r2
#>rule pkg 693da94e8d7b189cf7711c87756ea850 -B-3-1.noarch@r1
#>rule pkg 7101749d5d9a6b6a7ad9d1ac31effddc  C-2-1.noarch@system
#>rule pkg 7101749d5d9a6b6a7ad9d1ac31effddc  C-3-1.noarch@r2
#>rule pkg 7101749d5d9a6b6a7ad9d1ac31effddc  C-3-2.noarch@r1
#>rule pkg 7101749d5d9a6b6a7ad9d1ac31effddc  C-3-2.noarch@r2
#>rule pkg 7101749d5d9a6b6a7ad9d1ac31effddc -A-1-1.noarch@r2
#>rule pkg 80379aa85c6da7c6b4de051365a355d4 -B-2-2.noarch@r2
#>rule pkg 80379aa85c6da7c6b4de051365a355d4 -B-3-1.noarch@r3
#>rule pkg 8b09fa60fc23f37fedca9d69d9c1745f -B-2-1.noarch@r1
#>rule pkg 8b09fa60fc23f37fedca9d69d9c1745f -B-2-2.noarch@r2
#>rule pkg 8dcdf5d046a1f6cbf50ee3e3fcf99f4c  A-1-1.noarch@r2
#>rule pkg 8dcdf5d046a1f6cbf50ee3e3fcf99f4c  A-2-1.noarch@system
#>rule pkg 8dcdf5d046a1f6cbf50ee3e3fcf99f4c  A-2-2.noarch@r2
#>rule pkg 8dcdf5d046a1f6cbf50ee3e3fcf99f4c  A-3-1.noarch@r3
#>rule pkg 8dcdf5d046a1f6cbf50ee3e3fcf99f4c -C-3-2.noarch@r2
#>rule pkg 8ef1671f7825cf1ac561a688d51c7984 -B-2-1.noarch@r1
#>rule pkg 8ef1671f7825cf1ac561a688d51c7984 -B-3-1.noarch@r1
#>rule pkg 922e7771d25d1e85c8d25d9903902971 -C-2-1.noarch@system
#>rule pkg 922e7771d25d1e85c8d25d9903902971 -C-3-2.noarch@r2
#>rule pkg 961ad0494f25b3076b02c159ef2216b4 -B-2-1.noarch@r1
#>rule pkg 961ad0494f25b3076b02c159ef2216b4 -B-3-1.noarch@r3
#>rule pkg 9ff79b08f64aed181e2b529bafff4760  A-3-1.noarch@r3
#>rule pkg 9ff79b08f64aed181e2b529bafff4760 -A-1-1.noarch@r2
#>rule pkg a10b2cdf25ca40ed92c08bc6268cb640 -A-2-1.noarch@system
#>rule pkg a10b2cdf25ca40ed92c08bc6268cb640 -A-3-1.noarch@r3
#>rule pkg a26e2a960053f3d91d630ff8fdc741e3 -B-3-1.noarch@r1
#>rule pkg a26e2a960053f3d91d630ff8fdc741e3 -B-3-1.noarch@r3
#>rule pkg aae0b2b30bebba203c6bc91482ef784d -A-2-2.noarch@r2
#>rule pkg aae0b2b30bebba203c6bc91482ef784d -A-3-1.noarch@r3
#>rule pkg abe9ec5f9dd479cb1613f97c878987d8 -A-3-1.noarch@r3
#>rule pkg d0e8fa655b448533926f4ff61e68cbc6 -C-3-1.noarch@r2
#>rule pkg d0e8fa655b448533926f4ff61e68cbc6 -C-3-2.noarch@r2
#>rule pkg d8364868d5e0a045ad9418c4763ceeaf -A-1-1.noarch@r2
#>rule pkg d8364868d5e0a045ad9418c4763ceeaf -A-2-1.noarch@system
#>rule pkg e59e68bf5a044a467b3c3e845df91d86 -C-3-1.noarch@r2
#>rule pkg e59e68bf5a044a467b3c3e845df91d86 -C-3-2.noarch@r1
#>rule pkg eb1a2a27d673c4d2546be3d8336cc150 -C-3-2.noarch@r1
#>rule pkg f594c0563b1796dc39e16fee1c49cdd5  C-2-1.noarch@system
#>rule pkg f594c0563b1796dc39e16fee1c49cdd5  C-3-1.noarch@r2
#>rule pkg f594c0563b1796dc39e16fee1c49cdd5  C-3-2.noarch@r1
#>rule pkg f594c0563b1796dc39e16fee1c49cdd5  C-3-2.noarch@r2
#>rule pkg f594c0563b1796dc39e16fee1c49cdd5 -A-2-2.noarch@r2
#>rule update 2d1472ca954086d35c69e40106bc0861  C-2-1.noarch@system
#>rule update 2d1472ca954086d35c69e40106bc0861  C-3-1.noarch@r2
#>rule update 2d1472ca954086d35c69e40106bc0861  C-3-2.noarch@r1
#>rule update 2d1472ca954086d35c69e40106bc0861  C-3-2.noarch@r2
#>rule update 9baf1c873b8c39418f123bb871753fdf  A-2-1.noarch@system
#>rule update 9baf1c873b8c39418f123bb871753fdf  A-2-2.noarch@r2
#>rule update 9baf1c873b8c39418f123bb871753fdf  A-3-1.noarch@r3
#>unneeded_filtered C-2-1.noarch@system
#>upgrade C-2-1.noarch@system C-3-1.noarch@r2
