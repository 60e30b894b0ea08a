repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Sup: D
#>=Tim: 100
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Rec: G
#>=Tim: 100
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: H 1 2 noarch
#>=Prv: H = 1-2
#>=Prv: V
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Req: V
#>=Enh: G
#>=Rec: A
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Req: H
#>=Req: F
#>=Req: B
#>=Req: D < 1
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 100
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Rec: B > 3
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prv: V
#>=Req: D
#>=Prq: G
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Tim: 200
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Prv: V
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Rec: B <> 2
#>=Enh: X >= 3
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prv: W = 1-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prq: G
#>=Tim: 100
#>=Pkg: E 1 2 noarch
#>=Prv: E = 1-2
#>=Tim: 200
#>=Pkg: F 3 1 noarch
#>=Prv: F = 3-1
#>=Sup: V >= 3-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Rec: V
#>=Sup: V
#>=Rec: H
#>=Tim: 100
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Tim: 100
system x86_64 rpm system
solverflags strongrecommends
job install provides X <= 2-1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>autoinst name C
#>autoinst name D
#>job install provides X <= 2-1
#>orphaned C-2-1.noarch@system
#>problem c43b1300 info nothing provides requested X <= 2-1
#>problem c43b1300 solution f5eea8b7 deljob install provides X <= 2-1
#>reason A-1-1.noarch@r1 unit d337cc836eb41d26e7ee61bdcdaf79a7
#>reason A-2-1.noarch@r1 unit 6ee20dceeca3920301e0fd927f969090
#>reason A-2-1.noarch@r2 unit a7043c934027f5fa52d64a14505f4532
#>reason A-2-1.noarch@r3 unit 44b15cc290dbed4004ed874cfbf7f65a
#>reason A-2-2.noarch@system keep b6dc5e62d064da37bf033bcfba6ad48a
#>reason A-3-1.noarch@r2 unit 225195a4f30dfbb782c3537dc8333307
#>reason B-1-2.noarch@r3 unit 87a307a8e03cf62d6dd1bf17f7648b7a
#>reason B-2-2.noarch@r2 unit 7cf8587c241e0b803bbad699c1a71e55
#>reason B-2-2.noarch@system keep 99f8e7ec0ed8055d25cb5ca30f3b3e62
#>reason C-2-1.noarch@system unit 6c03d49ee9cdc129e22c85c5532de709
#>reason D-1-2.noarch@r2 unit b0e60bcb45e46c69296eabc6ea92d4a2
#>reason D-1-2.noarch@r3 unit 9fec64b76870cbe491c9efa8d39080b9
#>reason D-2-1.noarch@r2 unit 3edf6abe7c30eec08b8ae233ba724113
#>reason D-2-2.noarch@system unit fc150c7c98fe05d346f118c156b4efe3
#>reason D-3-1.noarch@r3 unit 9f27f2d9f7e4e02936013db66afda118
#>reason E-2-1.noarch@r2 unit 6d8f9c83b4e3f5d8fa8154f043f7cc17
#>recommended A-2-2.noarch@system
#>rule choice 65a2c4dd31f912f2d1fc5956018db3eb  B-2-2.noarch@r2
#>rule choice 65a2c4dd31f912f2d1fc5956018db3eb -D-1-2.noarch@r3
#>rule feature 1d7d587f35dda5893421dad66adb1c21  A-1-1.noarch@r1
#>rule feature 1d7d587f35dda5893421dad66adb1c21  A-2-1.noarch@r1
#>rule feature 1d7d587f35dda5893421dad66adb1c21  A-2-1.noarch@r2
#>rule feature 1d7d587f35dda5893421dad66adb1c21  A-2-1.noarch@r3
#>rule feature 1d7d587f35dda5893421dad66adb1c21  A-2-2.noarch@system
#>rule feature 1d7d587f35dda5893421dad66adb1c21  A-3-1.noarch@r2
#>rule feature 618531fd527f8e7c35a63dbb6b26b809  B-1-2.noarch@r3
#>rule feature 618531fd527f8e7c35a63dbb6b26b809  B-2-2.noarch@r2
#>rule feature 618531fd527f8e7c35a63dbb6b26b809  B-2-2.noarch@system
#>rule feature b7725b25d5cda50188e82fa621b86875  D-1-2.noarch@r2
#>rule feature b7725b25d5cda50188e82fa621b86875  D-1-2.noarch@r3
#>rule feature b7725b25d5cda50188e82fa621b86875  D-2-1.noarch@r2
#>rule feature b7725b25d5cda50188e82fa621b86875  D-2-2.noarch@system
#>rule feature b7725b25d5cda50188e82fa621b86875  D-3-1.noarch@r3
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 085eeccd83c3eda59945d7196a15b463  H-1-2.noarch@r1
#>rule pkg 085eeccd83c3eda59945d7196a15b463 -D-1-2.noarch@r3
#>rule pkg 0ee79fc4730faf6f870b7cc01ced8cf8 -A-2-1.noarch@r1
#>rule pkg 0ee79fc4730faf6f870b7cc01ced8cf8 -A-2-1.noarch@r3
#>rule pkg 110b77c32541b961babe2a0200f8065f -A-1-1.noarch@r1
#>rule pkg 110b77c32541b961babe2a0200f8065f -A-2-1.noarch@r1
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-2-1.noarch@r2
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-3-1.noarch@r2
#>rule pkg 17c731ac61f42a29b08498457aa64478 -A-2-1.noarch@r1
#>rule pkg 17c731ac61f42a29b08498457aa64478 -A-2-2.noarch@system
#>rule pkg 20e50d972f453943784a9a9df4043b91 -D-1-2.noarch@r2
#>rule pkg 20e50d972f453943784a9a9df4043b91 -D-1-2.noarch@r3
#>rule pkg 225195a4f30dfbb782c3537dc8333307 -A-2-2.noarch@system
#>rule pkg 225195a4f30dfbb782c3537dc8333307 -A-3-1.noarch@r2
#>rule pkg 2d2cd04900e86b73f7e5453ea9269fe9 -A-2-1.noarch@r2
#>rule pkg 2d2cd04900e86b73f7e5453ea9269fe9 -A-2-1.noarch@r3
#>rule pkg 310f2411126a27d8ea29f9cb49a8256f -A-2-1.noarch@r1
#>rule pkg 310f2411126a27d8ea29f9cb49a8256f -A-3-1.noarch@r2
#>rule pkg 33d91b26cbd7054394503e3529070bcf  D-1-2.noarch@r2
#>rule pkg 33d91b26cbd7054394503e3529070bcf  D-1-2.noarch@r3
#>rule pkg 33d91b26cbd7054394503e3529070bcf  D-2-1.noarch@r2
#>rule pkg 33d91b26cbd7054394503e3529070bcf  D-2-2.noarch@system
#>rule pkg 33d91b26cbd7054394503e3529070bcf  D-3-1.noarch@r3
#>rule pkg 33d91b26cbd7054394503e3529070bcf -E-2-1.noarch@r2
#>rule pkg 3d8cc55f03ad4e42188c8f0744708c52 -B-1-2.noarch@r3
#>rule pkg 3d8cc55f03ad4e42188c8f0744708c52 -B-2-2.noarch@r2
#>rule pkg 3edf6abe7c30eec08b8ae233ba724113 -D-2-1.noarch@r2
#>rule pkg 3edf6abe7c30eec08b8ae233ba724113 -D-2-2.noarch@system
#>rule pkg 424ec23ed34a183b1f2a34080dd8f6b3 -D-1-2.noarch@r3
#>rule pkg 424ec23ed34a183b1f2a34080dd8f6b3 -D-3-1.noarch@r3
#>rule pkg 44b15cc290dbed4004ed874cfbf7f65a -A-2-1.noarch@r3
#>rule pkg 44b15cc290dbed4004ed874cfbf7f65a -A-2-2.noarch@system
#>rule pkg 4e44618065467496eb93d045e9747ad7 -D-1-2.noarch@r2
#>rule pkg 4e44618065467496eb93d045e9747ad7 -D-2-1.noarch@r2
#>rule pkg 5f546221a70c0cff444c62a1ab904212  B-2-2.noarch@r2
#>rule pkg 5f546221a70c0cff444c62a1ab904212  E-2-1.noarch@r2
#>rule pkg 5f546221a70c0cff444c62a1ab904212  H-1-2.noarch@r1
#>rule pkg 5f546221a70c0cff444c62a1ab904212 -D-1-2.noarch@r3
#>rule pkg 675ef525d88a9dfa339b95b113c31b34 -D-2-1.noarch@r2
#>rule pkg 675ef525d88a9dfa339b95b113c31b34 -D-3-1.noarch@r3
#>rule pkg 677521397b78a6cd72729864c0e9e7cd -A-1-1.noarch@r1
#>rule pkg 677521397b78a6cd72729864c0e9e7cd -A-3-1.noarch@r2
#>rule pkg 695bf75347938b25988b8d2b799524a4  B-1-2.noarch@r3
#>rule pkg 695bf75347938b25988b8d2b799524a4 -A-3-1.noarch@r2
#>rule pkg 6d8f9c83b4e3f5d8fa8154f043f7cc17 -E-2-1.noarch@r2
#>rule pkg 6ee20dceeca3920301e0fd927f969090 -A-2-1.noarch@r1
#>rule pkg 73f5ce287e92383491144b4dba697787  H-1-2.noarch@r1
#>rule pkg 73f5ce287e92383491144b4dba697787 -A-2-1.noarch@r1
#>rule pkg 7cf8587c241e0b803bbad699c1a71e55 -B-2-2.noarch@r2
#>rule pkg 7cf8587c241e0b803bbad699c1a71e55 -B-2-2.noarch@system
#>rule pkg 7e84678c4d933f05a54cec0924f3b07a  B-1-2.noarch@r3
#>rule pkg 7e84678c4d933f05a54cec0924f3b07a  B-2-2.noarch@r2
#>rule pkg 7e84678c4d933f05a54cec0924f3b07a  B-2-2.noarch@system
#>rule pkg 7e84678c4d933f05a54cec0924f3b07a -A-2-1.noarch@r1
#>rule pkg 87a307a8e03cf62d6dd1bf17f7648b7a -B-1-2.noarch@r3
#>rule pkg 87a307a8e03cf62d6dd1bf17f7648b7a -B-2-2.noarch@system
#>rule pkg 8db2eceed0b81a859c4f7abb44a9d7c2 -E-2-1.noarch@r2
#>rule pkg 8db2eceed0b81a859c4f7abb44a9d7c2 -E-3-1.noarch@r1
#>rule pkg 9f27f2d9f7e4e02936013db66afda118 -D-3-1.noarch@r3
#>rule pkg 9fec64b76870cbe491c9efa8d39080b9 -D-1-2.noarch@r3
#>rule pkg 9fec64b76870cbe491c9efa8d39080b9 -D-2-2.noarch@system
#>rule pkg a7043c934027f5fa52d64a14505f4532 -A-2-1.noarch@r2
#>rule pkg a7043c934027f5fa52d64a14505f4532 -A-2-2.noarch@system
#>rule pkg b0e60bcb45e46c69296eabc6ea92d4a2 -D-1-2.noarch@r2
#>rule pkg b0e60bcb45e46c69296eabc6ea92d4a2 -D-2-2.noarch@system
#>rule pkg bf73b0829d857ff0385042e833f815a8 -A-2-1.noarch@r1
#>rule pkg bf73b0829d857ff0385042e833f815a8 -A-2-1.noarch@r2
#>rule pkg c01b68af3bea261a814e48e7a04bcb0f -F-2-1.noarch@r1
#>rule pkg c01b68af3bea261a814e48e7a04bcb0f -F-3-1.noarch@r3
#>rule pkg ca2c8949394a6e449f753f64a5fb701e -E-1-2.noarch@r3
#>rule pkg ca2c8949394a6e449f753f64a5fb701e -E-2-1.noarch@r2
#>rule pkg cefbe5ccc7aa8a7807d1a5a9a0c24eb7 -A-1-1.noarch@r1
#>rule pkg cefbe5ccc7aa8a7807d1a5a9a0c24eb7 -A-2-1.noarch@r3
#>rule pkg d337cc836eb41d26e7ee61bdcdaf79a7 -A-1-1.noarch@r1
#>rule pkg d337cc836eb41d26e7ee61bdcdaf79a7 -A-2-2.noarch@system
#>rule pkg dfd2a85134d52886a0a48af08df1b393 -A-2-1.noarch@r3
#>rule pkg dfd2a85134d52886a0a48af08df1b393 -A-3-1.noarch@r2
#>rule pkg e9e1f9a9a7f6e8369f593c42a2483a74 -D-1-2.noarch@r3
#>rule pkg e9e1f9a9a7f6e8369f593c42a2483a74 -D-2-1.noarch@r2
#>rule pkg ec946f6d83bd031df70493f66950cc5d -D-1-2.noarch@r2
#>rule pkg ec946f6d83bd031df70493f66950cc5d -D-3-1.noarch@r3
#>rule pkg f49f2aa36b105f43d9aa96c261819417 -A-1-1.noarch@r1
#>rule pkg f49f2aa36b105f43d9aa96c261819417 -A-2-1.noarch@r2
#>rule pkg f4b34469871ee31efaf91bac2f9f21c7 -D-2-2.noarch@system
#>rule pkg f4b34469871ee31efaf91bac2f9f21c7 -D-3-1.noarch@r3
#>rule pkg ff1b5b0b4382681bde1d1ab864df5ecf  F-2-1.noarch@r1
#>rule pkg ff1b5b0b4382681bde1d1ab864df5ecf  F-3-1.noarch@r3
#>rule pkg ff1b5b0b4382681bde1d1ab864df5ecf -A-2-1.noarch@r1
#>rule update 6c03d49ee9cdc129e22c85c5532de709  C-2-1.noarch@system
#>rule update 99f8e7ec0ed8055d25cb5ca30f3b3e62  B-2-2.noarch@r2
#>rule update 99f8e7ec0ed8055d25cb5ca30f3b3e62  B-2-2.noarch@system
#>rule update b6dc5e62d064da37bf033bcfba6ad48a  A-2-2.noarch@system
#>rule update b6dc5e62d064da37bf033bcfba6ad48a  A-3-1.noarch@r2
#>rule update fc150c7c98fe05d346f118c156b4efe3  D-2-2.noarch@system
#>rule update fc150c7c98fe05d346f118c156b4efe3  D-3-1.noarch@r3
#>unneeded A-2-2.noarch@system
#>unneeded_filtered B-2-2.noarch@system
#>unneeded_filtered C-2-1.noarch@system
#>unneeded_filtered D-2-2.noarch@system
