repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 2 noarch
#>=Obs: C <> 1
#>=Vnd: packman
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: C
#>=Obs: D
#>=Obs: A <> 3
#>=Vnd: SUSE
#>=Tim: 200
#>=Pkg: G 2 1 noarch
#>=Prv: G = 2-1
#>=Obs: E
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Req: D
#>=Req: V
#>=Req: A
#>=Req: A
#>=Req: G < 2
#>=Req: V
#>=Vnd: SUSE
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 1 1 noarch
#>=Prv: G = 1-1
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Req: E
#>=Req: W >= 1
#>=Vnd: packman
#>=Tim: 200
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Prq: V = 3-1
#>=Req: A <> 3
#>=Req: V
#>=Req: C
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: F 1 2 noarch
#>=Prv: F = 1-2
#>=Req: C
#>=Vnd: SUSE
#>=Tim: 200
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Vnd: packman
#>=Tim: 200
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Req: E
#>=Vnd: openSUSE build
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Obs: G
#>=Vnd: packman
#>=Tim: 100
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Prv: W
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Vnd: packman
#>=Tim: 100
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Req: X > 2-2
#>=Req: G = 1-1
#>=Req: F
#>=Prq: V
#>=Req: E
#>=Req: F
#>=Obs: F
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: W
#>=Vnd: SUSE
#>=Tim: 100
system unset rpm system
job install name A
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>autoinst name D
#>autoinst name F
#>autoinst name G
#>job install name A
#>job update all packages
#>problem 6f29d902 info nothing provides A <> 3 needed by E-1-1.noarch
#>problem 6f29d902 solution 23f73f5b deljob install name A
#>reason A-3-1.noarch@r1 unit 9dd71897f6f06baa1bee2503eed13e11
#>reason C-1-1.noarch@system unit c99f3e7af892434d24c4dac8b1930b6f
#>reason C-3-1.noarch@r1 unit 3378f9d366d90e35321e86e843f71b91
#>reason D-1-1.noarch@r2 unit 706763c6c820d9fbd3646e791d439480
#>reason D-2-2.noarch@system unit f867e1e90b8d597b1cbbfc6dcc9a24ba
#>reason E-1-1.noarch@r1 unit e3856ca74206744aea792953f57a1069
#>reason F-1-1.noarch@system unit 251a419c66929e15bad998a91e85345c
#>reason F-1-2.noarch@r1 update 7d3785975b777debfe21a1e82fb0d2f5
#>reason F-2-1.noarch@r2 unit b464c8fc003da14d0141c2deaf3bf445
#>reason F-2-2.noarch@r2 unit 2825980b0f6d2865d5dde3f94cc33554
#>reason G-1-1.noarch@r1 unit 15c904e491ee0eb274d4cc1d34627228
#>reason G-2-1.noarch@system unit ed9ba588c97e7c48ee46245caab2d34b
#>rule feature 6b44b39e7d047baa041ca58d8754931d  D-1-1.noarch@r2
#>rule feature 6b44b39e7d047baa041ca58d8754931d  D-2-2.noarch@system
#>rule feature 8f2e153fe0e1c61694e4d984fb4bd10d  D-1-1.noarch@r2
#>rule feature 8f2e153fe0e1c61694e4d984fb4bd10d  G-1-1.noarch@r1
#>rule feature 8f2e153fe0e1c61694e4d984fb4bd10d  G-2-1.noarch@system
#>rule feature cbef9b963afaf4a964b65c8b776238cc  F-1-1.noarch@system
#>rule feature cbef9b963afaf4a964b65c8b776238cc  F-1-2.noarch@r1
#>rule feature cbef9b963afaf4a964b65c8b776238cc  F-2-1.noarch@r2
#>rule feature cbef9b963afaf4a964b65c8b776238cc  F-2-2.noarch@r2
#>rule feature d2a27b2a6314493803cc6ca2eae726ab  C-1-1.noarch@system
#>rule feature d2a27b2a6314493803cc6ca2eae726ab  C-3-1.noarch@r1
#>rule job 5f5c0e6dbd9fc672329955e6abdc4526  A-3-1.noarch@r1
#>rule pkg 15c904e491ee0eb274d4cc1d34627228 -G-1-1.noarch@r1
#>rule pkg 15c904e491ee0eb274d4cc1d34627228 -G-2-1.noarch@system
#>rule pkg 251a419c66929e15bad998a91e85345c -F-1-1.noarch@system
#>rule pkg 251a419c66929e15bad998a91e85345c -F-1-2.noarch@r1
#>rule pkg 2825980b0f6d2865d5dde3f94cc33554 -F-1-2.noarch@r1
#>rule pkg 2825980b0f6d2865d5dde3f94cc33554 -F-2-2.noarch@r2
#>rule pkg 3378f9d366d90e35321e86e843f71b91 -C-3-1.noarch@r1
#>rule pkg 3378f9d366d90e35321e86e843f71b91 -D-2-2.noarch@system
#>rule pkg 340ef722d6e7447399358e780447a24c -E-1-1.noarch@r1
#>rule pkg 340ef722d6e7447399358e780447a24c -G-2-1.noarch@system
#>rule pkg 48da46cb82fcf88cea6bf29b9eae0c2c -D-1-1.noarch@r2
#>rule pkg 48da46cb82fcf88cea6bf29b9eae0c2c -G-2-1.noarch@system
#>rule pkg 55fe5daad2e2fba2e26ce4e9cc2137fd -F-2-1.noarch@r2
#>rule pkg 55fe5daad2e2fba2e26ce4e9cc2137fd -F-2-2.noarch@r2
#>rule pkg 6851cc09fd0926d5a08a4ecfbaf273ef -D-1-1.noarch@r2
#>rule pkg 6851cc09fd0926d5a08a4ecfbaf273ef -G-1-1.noarch@r1
#>rule pkg 706763c6c820d9fbd3646e791d439480 -C-1-1.noarch@system
#>rule pkg 706763c6c820d9fbd3646e791d439480 -D-1-1.noarch@r2
#>rule pkg 77f6b97dbd3cdb13200916f8778cb048 -F-1-1.noarch@system
#>rule pkg 77f6b97dbd3cdb13200916f8778cb048 -F-2-2.noarch@r2
#>rule pkg 9d4fc32024d34f4cc6d20f6743538957  C-1-1.noarch@system
#>rule pkg 9d4fc32024d34f4cc6d20f6743538957  C-3-1.noarch@r1
#>rule pkg 9d4fc32024d34f4cc6d20f6743538957 -F-1-2.noarch@r1
#>rule pkg 9dd71897f6f06baa1bee2503eed13e11  E-1-1.noarch@r1
#>rule pkg 9dd71897f6f06baa1bee2503eed13e11 -A-3-1.noarch@r1
#>rule pkg a5ec497fd44c62381df75eb4f1f7facc -C-1-1.noarch@system
#>rule pkg a5ec497fd44c62381df75eb4f1f7facc -C-3-1.noarch@r1
#>rule pkg b464c8fc003da14d0141c2deaf3bf445 -F-2-1.noarch@r2
#>rule pkg cf85527831b57872ace250e6438ed9f0 -F-1-2.noarch@r1
#>rule pkg cf85527831b57872ace250e6438ed9f0 -F-2-1.noarch@r2
#>rule pkg e3856ca74206744aea792953f57a1069 -E-1-1.noarch@r1
#>rule pkg e8864da057ea750bdf3702cb0df9e2f9  E-1-1.noarch@r1
#>rule pkg e8864da057ea750bdf3702cb0df9e2f9 -F-2-1.noarch@r2
#>rule pkg f2a7e2381fce368e61341912f4097363  G-1-1.noarch@r1
#>rule pkg f2a7e2381fce368e61341912f4097363 -F-2-1.noarch@r2
#>rule pkg f62b347f73530df9baf5264d58282ce9 -F-1-1.noarch@system
#>rule pkg f62b347f73530df9baf5264d58282ce9 -F-2-1.noarch@r2
#>rule pkg f6611e50d3a05002e97997811c1cee62  C-1-1.noarch@system
#>rule pkg f6611e50d3a05002e97997811c1cee62  C-3-1.noarch@r1
#>rule pkg f6611e50d3a05002e97997811c1cee62 -E-1-1.noarch@r1
#>rule update 7d3785975b777debfe21a1e82fb0d2f5  F-1-1.noarch@system
#>rule update 7d3785975b777debfe21a1e82fb0d2f5  F-1-2.noarch@r1
#>rule update c99f3e7af892434d24c4dac8b1930b6f  C-1-1.noarch@system
#>rule update ed9ba588c97e7c48ee46245caab2d34b  G-2-1.noarch@system
#>rule update f867e1e90b8d597b1cbbfc6dcc9a24ba  D-2-2.noarch@system
#>unneeded_filtered C-1-1.noarch@system
#>unneeded_filtered D-2-2.noarch@system
#>unneeded_filtered F-1-1.noarch@system
#>unneeded_filtered G-2-1.noarch@system
#>upgrade F-1-1.noarch@system F-1-2.noarch@r1
