repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 2 1 noarch
#>=Prv: G = 2-1
#>=Prv: W < 1
#>=Prv: V
#>=Prv: W
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prq: F
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Rec: W > 3
#>=Enh: nosuch
#>=Rec: G = 3-1
#>=Sup: X
#>=Sug: W
#>=Enh: G
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: B
#>=Req: X
#>=Tim: 200
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Prq: B
#>=Rec: V >= 3-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 1 1 noarch
#>=Prv: G = 1-1
#>=Req: C >= 3
#>=Rec: D
#>=Tim: 200
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prv: X = 2-2
#>=Tim: 100
#>=Pkg: D 3 2 noarch
#>=Prv: D = 3-2
#>=Req: D < 1-1
#>=Rec: F > 3
#>=Rec: C
#>=Tim: 100
#>=Pkg: G 2 1 noarch
#>=Prv: G = 2-1
#>=Req: E
#>=Tim: 200
system unset rpm system
job install pkg B-3-1.noarch@r2 [cleandeps]
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name D
#>autoinst name G
#>install B-3-1.noarch@r2
#>job install pkg B-3-1.noarch@r2 [cleandeps]
#>reason B-3-1.noarch@r2 unit a6283e9ca96bd34f45000d3b88aec7b9
#>reason C-2-1.noarch@r1 unit 6e64b94a5637f681ed5f05d9ba02e8be
#>reason D-1-1.noarch@r2 unit d4cb6ba175c12f1a305ae3777f10209f
#>reason D-2-1.noarch@system keep 9ef3e6e0ae055b4148fb8eff5d20d788
#>reason D-3-1.noarch@r1 unit 3cff8afdf5b41ac90f0b43f78c887ead
#>reason D-3-2.noarch@r2 unit edec4d9176d872b80d7753f659fa3e5d
#>reason G-1-1.noarch@r2 unit 203e3b16441c2281a864550e8627afd6
#>reason G-2-1.noarch@r2 unit 17ad932024bd6dedab94375817db81cd
#>reason G-2-1.noarch@system keep be8bfdd3bde6bf85db12820e5e3f2cf9
#>rule feature b8902615c55e23dfac26da81fc518464  D-1-1.noarch@r2
#>rule feature b8902615c55e23dfac26da81fc518464  D-2-1.noarch@system
#>rule feature b8902615c55e23dfac26da81fc518464  D-3-1.noarch@r1
#>rule feature b8902615c55e23dfac26da81fc518464  D-3-2.noarch@r2
#>rule feature d50dcfe39bf6262711d641f39ff344e0  G-1-1.noarch@r2
#>rule feature d50dcfe39bf6262711d641f39ff344e0  G-2-1.noarch@r2
#>rule feature d50dcfe39bf6262711d641f39ff344e0  G-2-1.noarch@system
#>rule job a6283e9ca96bd34f45000d3b88aec7b9  B-3-1.noarch@r2
#>rule pkg 17ad932024bd6dedab94375817db81cd -G-2-1.noarch@r2
#>rule pkg 17ad932024bd6dedab94375817db81cd -G-2-1.noarch@system
#>rule pkg 203e3b16441c2281a864550e8627afd6 -G-1-1.noarch@r2
#>rule pkg 2cece52d3505eec1908eceb2c5009db9 -D-2-1.noarch@system
#>rule pkg 2cece52d3505eec1908eceb2c5009db9 -D-3-2.noarch@r2
#>rule pkg 3cff8afdf5b41ac90f0b43f78c887ead -D-2-1.noarch@system
#>rule pkg 3cff8afdf5b41ac90f0b43f78c887ead -D-3-1.noarch@r1
#>rule pkg 45eb12c6ea032d8203ab549e71876693 -G-1-1.noarch@r2
#>rule pkg 45eb12c6ea032d8203ab549e71876693 -G-2-1.noarch@system
#>rule pkg 4f6a35fda435b52ccca6d167804c7123 -G-1-1.noarch@r2
#>rule pkg 4f6a35fda435b52ccca6d167804c7123 -G-2-1.noarch@r2
#>rule pkg 64680780fc1ae3ede5d92b106542ced8 -D-3-1.noarch@r1
#>rule pkg 64680780fc1ae3ede5d92b106542ced8 -D-3-2.noarch@r2
#>rule pkg 6b411801d060c92ac8130a2282b3e637  E-1-1.noarch@r1
#>rule pkg 6b411801d060c92ac8130a2282b3e637 -G-2-1.noarch@r2
#>rule pkg 6e64b94a5637f681ed5f05d9ba02e8be  D-1-1.noarch@r2
#>rule pkg 6e64b94a5637f681ed5f05d9ba02e8be -C-2-1.noarch@r1
#>rule pkg 72e2697805d8777409d7339fdbb078b8 -D-1-1.noarch@r2
#>rule pkg 72e2697805d8777409d7339fdbb078b8 -D-3-2.noarch@r2
#>rule pkg c0952ac856f0037f869d0f3023211022  B-3-1.noarch@r2
#>rule pkg c0952ac856f0037f869d0f3023211022 -C-2-1.noarch@r1
#>rule pkg d4cb6ba175c12f1a305ae3777f10209f -D-1-1.noarch@r2
#>rule pkg d4cb6ba175c12f1a305ae3777f10209f -D-2-1.noarch@system
#>rule pkg d97c0f086c971b66631ab8bd03c93446  B-3-1.noarch@r2
#>rule pkg d97c0f086c971b66631ab8bd03c93446 -E-1-1.noarch@r1
#>rule pkg edec4d9176d872b80d7753f659fa3e5d -D-3-2.noarch@r2
#>rule pkg fed44a4cdfd95de3ed034e2a68c1a670 -D-1-1.noarch@r2
#>rule pkg fed44a4cdfd95de3ed034e2a68c1a670 -D-3-1.noarch@r1
#>rule update 9ef3e6e0ae055b4148fb8eff5d20d788  D-2-1.noarch@system
#>rule update 9ef3e6e0ae055b4148fb8eff5d20d788  D-3-1.noarch@r1
#>rule update 9ef3e6e0ae055b4148fb8eff5d20d788  D-3-2.noarch@r2
#>rule update be8bfdd3bde6bf85db12820e5e3f2cf9  G-2-1.noarch@r2
#>rule update be8bfdd3bde6bf85db12820e5e3f2cf9  G-2-1.noarch@system
#>unneeded_filtered D-2-1.noarch@system
#>unneeded_filtered G-2-1.noarch@system
#>userinstalled pkg B-3-1.noarch@r2
