repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: X = 3-1
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: X >= 2-1
#>=Tim: 100
#>=Pkg: C 3 2 noarch
#>=Prv: C = 3-2
#>=Prv: W
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: V >= 2-1
#>=Prq: C
#>=Req: A >= 3-1
#>=Tim: 200
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Req: X > 1-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prq: A = 2
#>=Prq: W
#>=Prq: B
#>=Tim: 100
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Prv: W = 2-1
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Req: V
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: B >= 3-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Prv: V = 2-2
#>=Tim: 200
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Tim: 100
system unset rpm system
solverflags focusinstalled focusnew
job update all packages
job install oneof B-1-2.noarch@r3 C-1-1.noarch@r1
job install name B
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>install C-1-1.noarch@r1
#>job install name B
#>job install oneof B-1-2.noarch@r3 C-1-1.noarch@r1
#>job update all packages
#>orphaned A-2-1.noarch@system
#>reason A-2-1.noarch@system unit 4e186cf444c8c4d2856c11e0cb0ea37a
#>reason B-1-1.noarch@r1 unit 2f147ede69eff7e8abbb6be841bfdfa3
#>reason B-1-1.noarch@r2 unit 6c7b78e30ddb9ca33c24cc3015e1b08f
#>reason B-1-2.noarch@r2 unit cf84c61e8ded14358cb28dfc2d79d266
#>reason B-1-2.noarch@r3 unit b3d972356f796769f5d37011bc8f7cc7
#>reason B-2-1.noarch@system unit 89a99026cb04439254915f64ae5ef48b
#>reason B-3-1.noarch@r1 update e842dd14b69da157c9d47d501e716448
#>reason C-1-1.noarch@r1 unit 3dd494d1d0123d2c4be1732bacacf113
#>reason C-1-1.noarch@r2 unit 4f422d021bc4d06c90977022ea8330df
#>reason C-2-1.noarch@r1 unit 2714405730ddb533770f086c196d72bb
#>reason C-3-1.noarch@r1 unit b8562ccbeb1ecf9c2a48a5faeda9c8cf
#>reason C-3-1.noarch@r2 unit a95f418ea53d680fa4ef33f6daacf3b3
#>reason C-3-1.noarch@r3 unit 130fee41abdb7eb46cb38d5f4c288e13
#>reason C-3-2.noarch@r1 unit 1e85f4d3cc9378637eb2e0e0194d7eb6
#>rule feature ba895436ea1ce0db918ec67d457e457c  B-1-1.noarch@r1
#>rule feature ba895436ea1ce0db918ec67d457e457c  B-1-1.noarch@r2
#>rule feature ba895436ea1ce0db918ec67d457e457c  B-1-2.noarch@r2
#>rule feature ba895436ea1ce0db918ec67d457e457c  B-1-2.noarch@r3
#>rule feature ba895436ea1ce0db918ec67d457e457c  B-2-1.noarch@system
#>rule feature ba895436ea1ce0db918ec67d457e457c  B-3-1.noarch@r1
#>rule job 3dd494d1d0123d2c4be1732bacacf113  B-1-2.noarch@r3
#>rule job 3dd494d1d0123d2c4be1732bacacf113  C-1-1.noarch@r1
#>rule job ba895436ea1ce0db918ec67d457e457c  B-1-1.noarch@r1
#>rule job ba895436ea1ce0db918ec67d457e457c  B-1-1.noarch@r2
#>rule job ba895436ea1ce0db918ec67d457e457c  B-1-2.noarch@r2
#>rule job ba895436ea1ce0db918ec67d457e457c  B-1-2.noarch@r3
#>rule job ba895436ea1ce0db918ec67d457e457c  B-2-1.noarch@system
#>rule job ba895436ea1ce0db918ec67d457e457c  B-3-1.noarch@r1
#>rule pkg 0b7cf23f71c44c732474d725cefed796 -B-1-1.noarch@r1
#>rule pkg 0b7cf23f71c44c732474d725cefed796 -B-1-2.noarch@r3
#>rule pkg 130fee41abdb7eb46cb38d5f4c288e13 -C-1-1.noarch@r1
#>rule pkg 130fee41abdb7eb46cb38d5f4c288e13 -C-3-1.noarch@r3
#>rule pkg 1e85f4d3cc9378637eb2e0e0194d7eb6 -C-1-1.noarch@r1
#>rule pkg 1e85f4d3cc9378637eb2e0e0194d7eb6 -C-3-2.noarch@r1
#>rule pkg 2714405730ddb533770f086c196d72bb -C-1-1.noarch@r1
#>rule pkg 2714405730ddb533770f086c196d72bb -C-2-1.noarch@r1
#>rule pkg 2f147ede69eff7e8abbb6be841bfdfa3 -B-1-1.noarch@r1
#>rule pkg 2f147ede69eff7e8abbb6be841bfdfa3 -B-3-1.noarch@r1
#>rule pkg 4a92da3f78894f4aad940db167557710 -C-2-1.noarch@r1
#>rule pkg 4a92da3f78894f4aad940db167557710 -C-3-1.noarch@r3
#>rule pkg 4d29cfe9885c10121f8e97ec1edf9a2f -B-1-1.noarch@r2
#>rule pkg 4d29cfe9885c10121f8e97ec1edf9a2f -B-1-2.noarch@r3
#>rule pkg 4f422d021bc4d06c90977022ea8330df -C-1-1.noarch@r1
#>rule pkg 4f422d021bc4d06c90977022ea8330df -C-1-1.noarch@r2
#>rule pkg 577ac8c673f5a551c758a93a2e064717 -B-1-1.noarch@r1
#>rule pkg 577ac8c673f5a551c758a93a2e064717 -B-2-1.noarch@system
#>rule pkg 62777f3ce47ebf279575bdf2f2e570d6 -B-1-1.noarch@r2
#>rule pkg 62777f3ce47ebf279575bdf2f2e570d6 -B-1-2.noarch@r2
#>rule pkg 6c7b78e30ddb9ca33c24cc3015e1b08f -B-1-1.noarch@r2
#>rule pkg 6c7b78e30ddb9ca33c24cc3015e1b08f -B-3-1.noarch@r1
#>rule pkg 6f556941bb21951cba05c69fd07dd907  B-1-2.noarch@r3
#>rule pkg 6f556941bb21951cba05c69fd07dd907 -B-1-1.noarch@r2
#>rule pkg 836081813c0e7301d99413c09d7e2880 -C-2-1.noarch@r1
#>rule pkg 836081813c0e7301d99413c09d7e2880 -C-3-2.noarch@r1
#>rule pkg 848533634c9d376e18ba245afe8b668a  C-1-1.noarch@r1
#>rule pkg 848533634c9d376e18ba245afe8b668a  C-2-1.noarch@r1
#>rule pkg 848533634c9d376e18ba245afe8b668a -B-3-1.noarch@r1
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-2-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-3-1.noarch@r1
#>rule pkg 8abb597607b6021faf1424e4577d275b -B-1-2.noarch@r3
#>rule pkg 8abb597607b6021faf1424e4577d275b -B-2-1.noarch@system
#>rule pkg a95f418ea53d680fa4ef33f6daacf3b3 -C-1-1.noarch@r1
#>rule pkg a95f418ea53d680fa4ef33f6daacf3b3 -C-3-1.noarch@r2
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-1-1.noarch@r2
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-2-1.noarch@system
#>rule pkg b3d972356f796769f5d37011bc8f7cc7 -B-1-2.noarch@r3
#>rule pkg b3d972356f796769f5d37011bc8f7cc7 -B-3-1.noarch@r1
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-1-1.noarch@r1
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-3-1.noarch@r1
#>rule pkg c4cc8da7374eac12306ee5552d8dccb0 -B-1-2.noarch@r2
#>rule pkg c4cc8da7374eac12306ee5552d8dccb0 -B-2-1.noarch@system
#>rule pkg c8c41acf67df7e1144d6666647cb9df9 -C-2-1.noarch@r1
#>rule pkg c8c41acf67df7e1144d6666647cb9df9 -C-3-1.noarch@r1
#>rule pkg cf84c61e8ded14358cb28dfc2d79d266 -B-1-2.noarch@r2
#>rule pkg cf84c61e8ded14358cb28dfc2d79d266 -B-3-1.noarch@r1
#>rule pkg d6abeacaf659f56ce2875eea2a671c78 -B-1-2.noarch@r2
#>rule pkg d6abeacaf659f56ce2875eea2a671c78 -B-1-2.noarch@r3
#>rule pkg d8641465bec53e6f8af77026ccb3f6f5 -C-1-1.noarch@r2
#>rule pkg d8641465bec53e6f8af77026ccb3f6f5 -C-2-1.noarch@r1
#>rule pkg de5bc817383898b056f5a0d2cad58bcc -B-1-1.noarch@r1
#>rule pkg de5bc817383898b056f5a0d2cad58bcc -B-1-2.noarch@r2
#>rule pkg f4261241f615674890daee903386d60a -B-1-1.noarch@r1
#>rule pkg f4261241f615674890daee903386d60a -B-1-1.noarch@r2
#>rule pkg ffb951e497d229349387a7ded2b8270d -C-2-1.noarch@r1
#>rule pkg ffb951e497d229349387a7ded2b8270d -C-3-1.noarch@r2
#>rule update 4e186cf444c8c4d2856c11e0cb0ea37a  A-2-1.noarch@system
#>rule update e842dd14b69da157c9d47d501e716448  B-2-1.noarch@system
#>rule update e842dd14b69da157c9d47d501e716448  B-3-1.noarch@r1
#>unneeded_filtered A-2-1.noarch@system
#>upgrade B-2-1.noarch@system B-3-1.noarch@r1
#>userinstalled pkg B-3-1.noarch@r1
#>userinstalled pkg C-1-1.noarch@r1
