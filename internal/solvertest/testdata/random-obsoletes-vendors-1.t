repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prv: A
#>=Prv: W
#>=Prv: V
#>=Req: W
#>=Obs: A
#>=Obs: F <> 2-2
#>=Obs: A = 2-2
#>=Vnd: packman
#>=Tim: 200
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Prq: D < 3
#>=Vnd: openSUSE build
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prq: V
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prv: W >= 2-2
#>=Prv: V < 1
#>=Prv: W = 1-1
#>=Prv: V = 2-2
#>=Prv: W
#>=Prq: C
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prv: V = 1
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: V < 1
#>=Vnd: packman
#>=Tim: 100
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Prv: W
#>=Prv: W
#>=Req: C < 2-2
#>=Vnd: SUSE
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prv: V < 1-1
#>=Prv: V
#>=Prv: W
#>=Prv: B < 1
#>=Prq: F >= 3-1
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: F 3 2 noarch
#>=Prv: F = 3-2
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Vnd: packman
#>=Tim: 200
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Vnd: openSUSE build
#>=Tim: 200
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Prv: X
#>=Prv: V = 2
#>=Prv: X
#>=Prv: W
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Prv: V >= 3-1
#>=Prv: W
#>=Req: C
#>=Vnd: openSUSE build
#>=Tim: 200
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prq: E
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Prv: V
#>=Req: X < 3-1
#>=Prq: F = 1-1
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Req: C <> 3-1
#>=Obs: E <> 3-1
#>=Obs: A
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Obs: C
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Vnd: SUSE
#>=Tim: 100
system i686 rpm system
job update all packages
job install pkg A-2-1.noarch@r1
job install name A > 2-2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name F
#>job install name A > 2-2
#>job install pkg A-2-1.noarch@r1
#>job update all packages
#>problem a1bdf393 info installed package B-2-1.noarch obsoletes A provided by A-2-1.noarch
#>problem a1bdf393 solution 3c170283 replace B-2-1.noarch@system B-3-1.noarch@r2
#>problem a1bdf393 solution e2e6a016 deljob install pkg A-2-1.noarch@r1
#>problem c43b1300 info package A > 2-2 does not exist
#>problem c43b1300 solution 5050bc85 deljob install name A > 2-2
#>reason B-1-1.noarch@r3 unit 3cfbb2d9d44f9e2bd4a7058467ff1153
#>reason B-2-1.noarch@r2 unit 633ae2cb9fcc176db2f138f446070748
#>reason B-2-1.noarch@r3 unit c1111f9121bdbcd15e06e1493c47f73c
#>reason B-2-1.noarch@system unit 301f79abcdca14a2a9bba66c88067068
#>reason B-3-1.noarch@r2 update b903ceaa82cd36738ca92b02116bba51
#>reason B-3-1.noarch@r3 unit f689a27b68dd13595dcdba8f367d51d9
#>reason E-1-1.noarch@r3 unit 4a30a9bc3b40a1d0d2fd942d736a23de
#>reason F-1-1.noarch@r2 unit 113b88e430ad56e794757d418905380e
#>reason F-2-2.noarch@r3 unit 2258476ac5fe993533c12ca9665a3e6b
#>reason F-2-2.noarch@system update d15da466a65274c01dc8bcfa751179d9
#>reason F-3-2.noarch@r2 unit 3a51b185aec5dac9cdbc5860e3748a23
#>rule feature 76bb4885cfd93275bc14b5735cb209ca  F-1-1.noarch@r2
#>rule feature 76bb4885cfd93275bc14b5735cb209ca  F-2-2.noarch@r3
#>rule feature 76bb4885cfd93275bc14b5735cb209ca  F-2-2.noarch@system
#>rule feature 76bb4885cfd93275bc14b5735cb209ca  F-3-2.noarch@r2
#>rule feature b903ceaa82cd36738ca92b02116bba51  B-1-1.noarch@r3
#>rule feature b903ceaa82cd36738ca92b02116bba51  B-2-1.noarch@r2
#>rule feature b903ceaa82cd36738ca92b02116bba51  B-2-1.noarch@r3
#>rule feature b903ceaa82cd36738ca92b02116bba51  B-2-1.noarch@system
#>rule feature b903ceaa82cd36738ca92b02116bba51  B-3-1.noarch@r2
#>rule feature b903ceaa82cd36738ca92b02116bba51  B-3-1.noarch@r3
#>rule job 92bef15453e045c7aba8df193d677e3e  A-2-1.noarch@r1
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 0249b2613dd847343e1f6e9847d4f59d -B-2-1.noarch@r3
#>rule pkg 0249b2613dd847343e1f6e9847d4f59d -B-2-1.noarch@system
#>rule pkg 038d5e133cd413d6b0214d044172c33b -B-2-1.noarch@r2
#>rule pkg 038d5e133cd413d6b0214d044172c33b -B-2-1.noarch@system
#>rule pkg 055a0379a1916ff3fcfe6da23204a64d -D-1-1.noarch@r1
#>rule pkg 055a0379a1916ff3fcfe6da23204a64d -D-1-2.noarch@r2
#>rule pkg 0b08556249b90dec8edccfcd4fc05a94 -A-2-1.noarch@r1
#>rule pkg 0b08556249b90dec8edccfcd4fc05a94 -B-2-1.noarch@system
#>rule pkg 0ee79fc4730faf6f870b7cc01ced8cf8 -A-2-1.noarch@r1
#>rule pkg 0ee79fc4730faf6f870b7cc01ced8cf8 -A-2-1.noarch@r3
#>rule pkg 10bc6264d527ec54449118ccc4a39d8b  E-1-1.noarch@r3
#>rule pkg 10bc6264d527ec54449118ccc4a39d8b  E-2-1.noarch@r1
#>rule pkg 10bc6264d527ec54449118ccc4a39d8b -B-3-1.noarch@r3
#>rule pkg 113b88e430ad56e794757d418905380e -F-1-1.noarch@r2
#>rule pkg 113b88e430ad56e794757d418905380e -F-2-2.noarch@system
#>rule pkg 1b3d6613a8ab6dfaf23e0ad67b79e777 -F-1-1.noarch@r2
#>rule pkg 1b3d6613a8ab6dfaf23e0ad67b79e777 -F-3-2.noarch@r2
#>rule pkg 1d3d4c01d058fbc7dfff70816eaa8d12 -B-2-1.noarch@r2
#>rule pkg 1d3d4c01d058fbc7dfff70816eaa8d12 -B-3-1.noarch@r3
#>rule pkg 2258476ac5fe993533c12ca9665a3e6b -F-2-2.noarch@r3
#>rule pkg 2258476ac5fe993533c12ca9665a3e6b -F-2-2.noarch@system
#>rule pkg 2a100231dcbea6ba6085cb86a869aa31 -A-2-1.noarch@r3
#>rule pkg 2a100231dcbea6ba6085cb86a869aa31 -B-2-1.noarch@system
#>rule pkg 301f79abcdca14a2a9bba66c88067068 -B-2-1.noarch@system
#>rule pkg 301f79abcdca14a2a9bba66c88067068 -B-3-1.noarch@r2
#>rule pkg 3472dfd932c66ea78fad1531b6d059b4  F-3-2.noarch@r2
#>rule pkg 3472dfd932c66ea78fad1531b6d059b4 -B-2-1.noarch@r2
#>rule pkg 3a51b185aec5dac9cdbc5860e3748a23 -F-2-2.noarch@system
#>rule pkg 3a51b185aec5dac9cdbc5860e3748a23 -F-3-2.noarch@r2
#>rule pkg 3cfbb2d9d44f9e2bd4a7058467ff1153 -B-1-1.noarch@r3
#>rule pkg 3cfbb2d9d44f9e2bd4a7058467ff1153 -B-3-1.noarch@r2
#>rule pkg 4a30a9bc3b40a1d0d2fd942d736a23de  F-1-1.noarch@r2
#>rule pkg 4a30a9bc3b40a1d0d2fd942d736a23de -E-1-1.noarch@r3
#>rule pkg 591799cdc6d434d23dcdf375bc519406 -E-1-1.noarch@r3
#>rule pkg 591799cdc6d434d23dcdf375bc519406 -E-2-1.noarch@r1
#>rule pkg 5c4249d052b7112b98231d2bd04cdbab  B-2-1.noarch@r2
#>rule pkg 5c4249d052b7112b98231d2bd04cdbab  B-2-1.noarch@system
#>rule pkg 5c4249d052b7112b98231d2bd04cdbab  C-1-1.noarch@r1
#>rule pkg 5c4249d052b7112b98231d2bd04cdbab  D-1-1.noarch@r1
#>rule pkg 5c4249d052b7112b98231d2bd04cdbab  D-1-2.noarch@r2
#>rule pkg 5c4249d052b7112b98231d2bd04cdbab  E-1-1.noarch@r3
#>rule pkg 5c4249d052b7112b98231d2bd04cdbab  E-2-1.noarch@r1
#>rule pkg 5c4249d052b7112b98231d2bd04cdbab  F-1-1.noarch@r2
#>rule pkg 5c4249d052b7112b98231d2bd04cdbab -A-2-1.noarch@r1
#>rule pkg 633ae2cb9fcc176db2f138f446070748 -B-2-1.noarch@r2
#>rule pkg 633ae2cb9fcc176db2f138f446070748 -B-3-1.noarch@r2
#>rule pkg 66e5e3d61cdc16badf0580947a050dce -B-1-1.noarch@r3
#>rule pkg 66e5e3d61cdc16badf0580947a050dce -B-2-1.noarch@r2
#>rule pkg 6dc1a44aa03e9996176ef23e2287ffdc -B-2-1.noarch@system
#>rule pkg 6dc1a44aa03e9996176ef23e2287ffdc -B-3-1.noarch@r3
#>rule pkg 6f267752ff6db4b632c6f5a9ba238a97 -B-2-1.noarch@r3
#>rule pkg 6f267752ff6db4b632c6f5a9ba238a97 -B-3-1.noarch@r3
#>rule pkg 703540c2c58c821ce76c7fba489622d8  C-1-1.noarch@r1
#>rule pkg 703540c2c58c821ce76c7fba489622d8  C-2-1.noarch@r3
#>rule pkg 703540c2c58c821ce76c7fba489622d8 -F-1-1.noarch@r2
#>rule pkg 814f6fb747c6db5313cd4703dda69010 -A-2-2.noarch@r1
#>rule pkg 814f6fb747c6db5313cd4703dda69010 -B-2-1.noarch@system
#>rule pkg 81e5ac9dc3a4c3d353cd7c5aec6d0b77 -B-2-1.noarch@r2
#>rule pkg 81e5ac9dc3a4c3d353cd7c5aec6d0b77 -B-2-1.noarch@r3
#>rule pkg 83015d0d226e0017ab3ed3643b49e76e -A-2-1.noarch@r1
#>rule pkg 83015d0d226e0017ab3ed3643b49e76e -A-2-2.noarch@r1
#>rule pkg 8fafd03c6f817befd6b73fcf58407f44 -A-1-2.noarch@r2
#>rule pkg 8fafd03c6f817befd6b73fcf58407f44 -A-2-1.noarch@r1
#>rule pkg 968a1f8db556d6c1373d1e546fad1771 -A-1-1.noarch@r2
#>rule pkg 968a1f8db556d6c1373d1e546fad1771 -B-2-1.noarch@system
#>rule pkg 99b9d72656e3e75357f1ddc5720a87d5 -B-1-1.noarch@r3
#>rule pkg 99b9d72656e3e75357f1ddc5720a87d5 -B-3-1.noarch@r3
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-1-1.noarch@r2
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-2-1.noarch@r1
#>rule pkg b5279c7be90c91e4042b07d4ccf42d6e -B-2-1.noarch@system
#>rule pkg b5279c7be90c91e4042b07d4ccf42d6e -F-3-2.noarch@r2
#>rule pkg c1111f9121bdbcd15e06e1493c47f73c -B-2-1.noarch@r3
#>rule pkg c1111f9121bdbcd15e06e1493c47f73c -B-3-1.noarch@r2
#>rule pkg c471e997e6f96fecabc2f33a11169d81 -F-1-1.noarch@r2
#>rule pkg c471e997e6f96fecabc2f33a11169d81 -F-2-2.noarch@r3
#>rule pkg c93974baa3226deba488e49824d9ac49 -A-1-2.noarch@r2
#>rule pkg c93974baa3226deba488e49824d9ac49 -B-2-1.noarch@system
#>rule pkg cb6f012fa051cd0ebdaa71ba50a2600f -B-1-1.noarch@r3
#>rule pkg cb6f012fa051cd0ebdaa71ba50a2600f -B-2-1.noarch@r3
#>rule pkg d0c75564b2a6afa99e29f7c324b20c0f -F-2-2.noarch@r3
#>rule pkg d0c75564b2a6afa99e29f7c324b20c0f -F-3-2.noarch@r2
#>rule pkg d78cdaf12e5e9ea27524c601128cca8c  C-1-1.noarch@r1
#>rule pkg d78cdaf12e5e9ea27524c601128cca8c  C-2-1.noarch@r3
#>rule pkg d78cdaf12e5e9ea27524c601128cca8c -D-1-1.noarch@r1
#>rule pkg dd65470c66167a980b0963e450192bae -C-1-1.noarch@r1
#>rule pkg dd65470c66167a980b0963e450192bae -C-2-1.noarch@r3
#>rule pkg f2ec7bd73bf322e44e8bf46d06c61089 -B-2-1.noarch@system
#>rule pkg f2ec7bd73bf322e44e8bf46d06c61089 -F-1-1.noarch@r2
#>rule pkg f4d57bc6c97da50edeb6f4ca682a8416  D-1-2.noarch@r2
#>rule pkg f4d57bc6c97da50edeb6f4ca682a8416 -E-1-1.noarch@r3
#>rule pkg f689a27b68dd13595dcdba8f367d51d9 -B-3-1.noarch@r2
#>rule pkg f689a27b68dd13595dcdba8f367d51d9 -B-3-1.noarch@r3
#>rule pkg fbb694e1eb2d3ab30538e2b8ab46bebb -B-1-1.noarch@r3
#>rule pkg fbb694e1eb2d3ab30538e2b8ab46bebb -B-2-1.noarch@system
#>rule update 2fff48a639fdf697bc9b17813074d419  B-2-1.noarch@system
#>rule update d15da466a65274c01dc8bcfa751179d9  F-2-2.noarch@r3
#>rule update d15da466a65274c01dc8bcfa751179d9  F-2-2.noarch@system
#>unneeded_filtered B-2-1.noarch@system
#>unneeded_filtered F-2-2.noarch@system
#>upgrade B-2-1.noarch@system B-3-1.noarch@r2
