repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Req: E
#>=Req: B
#>=Tim: 200
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Prv: W = 2
#>=Req: F
#>=Tim: 200
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prv: X = 3
#>=Req: E = 1-1
#>=Req: V
#>=Req: V = 2
#>=Tim: 200
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prv: W
#>=Prv: W = 2
#>=Req: C < 1-1
#>=Req: B
#>=Req: C
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Req: E = 3
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Tim: 200
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: W >= 2-2
#>=Tim: 100
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Req: V <= 1
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prq: B
#>=Tim: 200
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prv: V = 3
#>=Prq: W
#>=Prq: D
#>=Tim: 100
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prq: V < 2-1
#>=Prq: B >= 2-2
#>=Req: A
#>=Tim: 100
system i686 rpm system
job install oneof C-1-2.noarch@system D-2-1.noarch@r3
job install name A <= 2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name F
#>job install name A <= 2
#>job install oneof C-1-2.noarch@system D-2-1.noarch@r3
#>orphaned F-2-1.noarch@system
#>reason A-1-1.noarch@r2 unit 916f35e602c23013f1a288e82ab5dfa0
#>reason A-1-2.noarch@r3 unit 422258723e9170a148c68e7551baedf3
#>reason A-2-1.noarch@r1 unit 17c731ac61f42a29b08498457aa64478
#>reason A-2-2.noarch@system job 7617ae19207f4a9d972e82dc48f56d1d
#>reason A-3-1.noarch@r2 unit d47ec50a99c7b69d0fcc17189d82b8c5
#>reason A-3-1.noarch@r3 unit b579bc1c6455988300fc7d49eeb63c19
#>reason C-1-1.noarch@r2 unit 2d5c0d5cf0ae1b64a285335c5de887df
#>reason C-1-2.noarch@system unit 61ce90c46f3707535563597bf7a24944
#>reason D-2-1.noarch@r3 unit 7e7d25ecd34145a79c2805c4effaf52e
#>reason D-3-1.noarch@r2 unit b92f5a4469ea5145f056d53b1835dcc7
#>reason E-1-1.noarch@r3 unit 4db29a80876c75acf0b19a16c473417b
#>reason F-2-1.noarch@system unit dabf3c4c39c6e312c3724fed9b0fc993
#>rule choice d2080de1461ce1ffb7ba9da6e3ad333b  A-2-2.noarch@system
#>rule choice d2080de1461ce1ffb7ba9da6e3ad333b -A-3-1.noarch@r3
#>rule feature 0a0f95f11593f2722a3fa586a3cb76e5  A-1-1.noarch@r2
#>rule feature 0a0f95f11593f2722a3fa586a3cb76e5  A-1-2.noarch@r3
#>rule feature 0a0f95f11593f2722a3fa586a3cb76e5  A-2-1.noarch@r1
#>rule feature 0a0f95f11593f2722a3fa586a3cb76e5  A-2-2.noarch@system
#>rule feature 0a0f95f11593f2722a3fa586a3cb76e5  A-3-1.noarch@r2
#>rule feature 0a0f95f11593f2722a3fa586a3cb76e5  A-3-1.noarch@r3
#>rule feature 852ab9e16777bde9b12a0c2d4a680c0b  C-1-1.noarch@r2
#>rule feature 852ab9e16777bde9b12a0c2d4a680c0b  C-1-2.noarch@system
#>rule job 7617ae19207f4a9d972e82dc48f56d1d  A-1-1.noarch@r2
#>rule job 7617ae19207f4a9d972e82dc48f56d1d  A-1-2.noarch@r3
#>rule job 7617ae19207f4a9d972e82dc48f56d1d  A-2-1.noarch@r1
#>rule job 7617ae19207f4a9d972e82dc48f56d1d  A-2-2.noarch@system
#>rule job a5c9f11ef2c815f651c7738e8859ad0b  C-1-2.noarch@system
#>rule job a5c9f11ef2c815f651c7738e8859ad0b  D-2-1.noarch@r3
#>rule pkg 020be6238219663b403d4c826e5086e6 -A-1-1.noarch@r2
#>rule pkg 020be6238219663b403d4c826e5086e6 -A-3-1.noarch@r2
#>rule pkg 04d890b95605a45411a43decc02a3bf1  D-2-1.noarch@r2
#>rule pkg 04d890b95605a45411a43decc02a3bf1  D-2-1.noarch@r3
#>rule pkg 04d890b95605a45411a43decc02a3bf1  D-3-1.noarch@r2
#>rule pkg 04d890b95605a45411a43decc02a3bf1 -A-3-1.noarch@r3
#>rule pkg 17c731ac61f42a29b08498457aa64478 -A-2-1.noarch@r1
#>rule pkg 17c731ac61f42a29b08498457aa64478 -A-2-2.noarch@system
#>rule pkg 1913fc231323cd3ec670fc6c8a1c1cdc  E-1-1.noarch@r3
#>rule pkg 1913fc231323cd3ec670fc6c8a1c1cdc -D-3-1.noarch@r2
#>rule pkg 225195a4f30dfbb782c3537dc8333307 -A-2-2.noarch@system
#>rule pkg 225195a4f30dfbb782c3537dc8333307 -A-3-1.noarch@r2
#>rule pkg 2d5c0d5cf0ae1b64a285335c5de887df -C-1-1.noarch@r2
#>rule pkg 2d5c0d5cf0ae1b64a285335c5de887df -C-1-2.noarch@system
#>rule pkg 310f2411126a27d8ea29f9cb49a8256f -A-2-1.noarch@r1
#>rule pkg 310f2411126a27d8ea29f9cb49a8256f -A-3-1.noarch@r2
#>rule pkg 3547e2387c20400a16068891841dceb0  F-2-1.noarch@system
#>rule pkg 3547e2387c20400a16068891841dceb0 -A-2-2.noarch@system
#>rule pkg 4092fc1fb323d210f81813e9d1079b2e -A-1-2.noarch@r3
#>rule pkg 4092fc1fb323d210f81813e9d1079b2e -A-3-1.noarch@r3
#>rule pkg 422258723e9170a148c68e7551baedf3 -A-1-2.noarch@r3
#>rule pkg 422258723e9170a148c68e7551baedf3 -A-2-2.noarch@system
#>rule pkg 46f1aa7f6f621de9984559a6fffa6e85 -B-2-2.noarch@r3
#>rule pkg 46f1aa7f6f621de9984559a6fffa6e85 -B-3-1.noarch@r3
#>rule pkg 4db29a80876c75acf0b19a16c473417b -E-1-1.noarch@r3
#>rule pkg 56b47d7964c621cdcc4fde8b76b4a4a6  A-1-1.noarch@r2
#>rule pkg 56b47d7964c621cdcc4fde8b76b4a4a6  A-2-2.noarch@system
#>rule pkg 56b47d7964c621cdcc4fde8b76b4a4a6  B-1-1.noarch@r3
#>rule pkg 56b47d7964c621cdcc4fde8b76b4a4a6 -A-3-1.noarch@r3
#>rule pkg 672295fcc14389146640f495ac7a0e4e -A-1-1.noarch@r2
#>rule pkg 672295fcc14389146640f495ac7a0e4e -A-3-1.noarch@r3
#>rule pkg 7afe310bacfd3f1c2c3a133edd487341  B-1-1.noarch@r3
#>rule pkg 7afe310bacfd3f1c2c3a133edd487341  B-2-2.noarch@r3
#>rule pkg 7afe310bacfd3f1c2c3a133edd487341  B-3-1.noarch@r3
#>rule pkg 7afe310bacfd3f1c2c3a133edd487341 -A-1-1.noarch@r2
#>rule pkg 7e7d25ecd34145a79c2805c4effaf52e -D-2-1.noarch@r3
#>rule pkg 84042b572ae74d630172c360cf5a1f6d -D-2-1.noarch@r2
#>rule pkg 84042b572ae74d630172c360cf5a1f6d -D-2-1.noarch@r3
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-1-1.noarch@r2
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-2-2.noarch@system
#>rule pkg 916f35e602c23013f1a288e82ab5dfa0 -A-1-1.noarch@r2
#>rule pkg 99b9d72656e3e75357f1ddc5720a87d5 -B-1-1.noarch@r3
#>rule pkg 99b9d72656e3e75357f1ddc5720a87d5 -B-3-1.noarch@r3
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-1-1.noarch@r2
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-2-1.noarch@r1
#>rule pkg b579bc1c6455988300fc7d49eeb63c19 -A-2-2.noarch@system
#>rule pkg b579bc1c6455988300fc7d49eeb63c19 -A-3-1.noarch@r3
#>rule pkg b607a1134fc1927fa8917bb18f9c4a61 -A-1-1.noarch@r2
#>rule pkg b607a1134fc1927fa8917bb18f9c4a61 -A-1-2.noarch@r3
#>rule pkg b811ecb478f32ae2a9511d22c9d8c777  A-1-1.noarch@r2
#>rule pkg b811ecb478f32ae2a9511d22c9d8c777  A-1-2.noarch@r3
#>rule pkg b811ecb478f32ae2a9511d22c9d8c777  A-2-1.noarch@r1
#>rule pkg b811ecb478f32ae2a9511d22c9d8c777  A-2-2.noarch@system
#>rule pkg b811ecb478f32ae2a9511d22c9d8c777  A-3-1.noarch@r2
#>rule pkg b811ecb478f32ae2a9511d22c9d8c777  A-3-1.noarch@r3
#>rule pkg b811ecb478f32ae2a9511d22c9d8c777 -D-2-1.noarch@r3
#>rule pkg b92f5a4469ea5145f056d53b1835dcc7 -D-3-1.noarch@r2
#>rule pkg c439e0c6a005a463190cf6cdc018bf56 -A-1-2.noarch@r3
#>rule pkg c439e0c6a005a463190cf6cdc018bf56 -A-3-1.noarch@r2
#>rule pkg c490855b5f4476c31540d2e7eafe07d5 -A-1-2.noarch@r3
#>rule pkg c490855b5f4476c31540d2e7eafe07d5 -A-2-1.noarch@r1
#>rule pkg ce17485a5ec29a58865f053843b5f5ed  C-1-1.noarch@r2
#>rule pkg ce17485a5ec29a58865f053843b5f5ed  C-1-2.noarch@system
#>rule pkg ce17485a5ec29a58865f053843b5f5ed -A-1-1.noarch@r2
#>rule pkg d1da28969555935ad0b0366900674bbc -B-1-1.noarch@r3
#>rule pkg d1da28969555935ad0b0366900674bbc -B-2-2.noarch@r3
#>rule pkg d47ec50a99c7b69d0fcc17189d82b8c5 -A-3-1.noarch@r2
#>rule pkg d8c419962773c44a71ab8f5f6ed2ffe8 -D-2-1.noarch@r3
#>rule pkg d8c419962773c44a71ab8f5f6ed2ffe8 -D-3-1.noarch@r2
#>rule pkg df17bc722b1efcbb3fc0b9fb939f1647  A-3-1.noarch@r3
#>rule pkg df17bc722b1efcbb3fc0b9fb939f1647 -D-3-1.noarch@r2
#>rule pkg df43a1ca07253687dd90c501e9f5247b -D-2-1.noarch@r2
#>rule pkg df43a1ca07253687dd90c501e9f5247b -D-3-1.noarch@r2
#>rule pkg e1623b3b2b7d8a3940af36a82f269d72 -A-3-1.noarch@r2
#>rule pkg e1623b3b2b7d8a3940af36a82f269d72 -A-3-1.noarch@r3
#>rule pkg e5e034a9c820d0c283b7995f6dccd13d -A-2-1.noarch@r1
#>rule pkg e5e034a9c820d0c283b7995f6dccd13d -A-3-1.noarch@r3
#>rule pkg f3031ba3821e7f401412d541dc9980ba  B-2-2.noarch@r3
#>rule pkg f3031ba3821e7f401412d541dc9980ba  B-3-1.noarch@r3
#>rule pkg f3031ba3821e7f401412d541dc9980ba -D-2-1.noarch@r3
#>rule update 61ce90c46f3707535563597bf7a24944  C-1-2.noarch@system
#>rule update dabf3c4c39c6e312c3724fed9b0fc993  F-2-1.noarch@system
#>rule update e45e688be3c06384d55b472539048b3b  A-2-2.noarch@system
#>rule update e45e688be3c06384d55b472539048b3b  A-3-1.noarch@r2
#>rule update e45e688be3c06384d55b472539048b3b  A-3-1.noarch@r3
#>userinstalled pkg A-2-2.noarch@system
#>userinstalled pkg C-1-2.noarch@system
