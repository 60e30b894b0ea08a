repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: B < 3-1
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
repo r1 0.3 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prq: X < 2
#>=Tim: 100
#>=Pkg: C 3 2 noarch
#>=Prv: C = 3-2
#>=Prq: A <= 2
#>=Tim: 100
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Prq: C
#>=Req: B > 1-1
#>=Tim: 100
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Tim: 200
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Req: B <= 1
#>=Prq: C > 2-2
#>=Tim: 200
system x86_64 rpm system
job update all packages
job install name B > 3-1 [forcebest]
job install name C [forcebest]
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>job install name B > 3-1 [forcebest]
#>job install name C [forcebest]
#>job update all packages
#>problem c43b1300 info package B > 3-1 does not exist
#>problem c43b1300 solution 00848920 deljob install name B > 3-1 [forcebest]
#>reason A-1-2.noarch@r1 unit 6a58f228a5fb76a6ad85f211a164b96e
#>reason A-2-1.noarch@system unit 4e186cf444c8c4d2856c11e0cb0ea37a
#>reason B-2-1.noarch@r1 unit 9a08b42982798466c2ffc51838e61670
#>reason B-2-1.noarch@system unit dd08e20d918a471273c59f3cf500a417
#>reason B-2-2.noarch@r1 update 17e111683f91210607e70d52e45ba835
#>reason B-3-1.noarch@r1 unit 9e0e4784e8491d92c07cea6ee7848ec7
#>reason C-1-1.noarch@system unit 9baa5f257646174d982be561f4e55d5d
#>reason C-3-2.noarch@r1 unit e5e7993c390e3d99145199afb1c139a1
#>rule best e5e7993c390e3d99145199afb1c139a1  C-3-2.noarch@r1
#>rule feature c8c4c56669926f7f8fb223f16175535a  A-1-2.noarch@r1
#>rule feature c8c4c56669926f7f8fb223f16175535a  A-2-1.noarch@system
#>rule job 3b70075e4e0a226265ef04479c977a28  C-1-1.noarch@system
#>rule job 3b70075e4e0a226265ef04479c977a28  C-3-2.noarch@r1
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 0be9f9d4a4390cca1c831ad5618d4e69  A-1-2.noarch@r1
#>rule pkg 0be9f9d4a4390cca1c831ad5618d4e69  A-2-1.noarch@system
#>rule pkg 0be9f9d4a4390cca1c831ad5618d4e69 -C-3-2.noarch@r1
#>rule pkg 21be780129273036d893a5368a3d92b6  C-3-2.noarch@r1
#>rule pkg 21be780129273036d893a5368a3d92b6 -B-3-1.noarch@r1
#>rule pkg 2667ad53367fc6c80f6336868998e536 -B-2-1.noarch@r1
#>rule pkg 2667ad53367fc6c80f6336868998e536 -B-2-2.noarch@r1
#>rule pkg 6a58f228a5fb76a6ad85f211a164b96e -A-1-2.noarch@r1
#>rule pkg 6a58f228a5fb76a6ad85f211a164b96e -A-2-1.noarch@system
#>rule pkg 6e9eac63dc2bd22a9995b50bd46a21f6 -B-2-1.noarch@r1
#>rule pkg 6e9eac63dc2bd22a9995b50bd46a21f6 -B-2-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-2-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-3-1.noarch@r1
#>rule pkg 8ef1671f7825cf1ac561a688d51c7984 -B-2-1.noarch@r1
#>rule pkg 8ef1671f7825cf1ac561a688d51c7984 -B-3-1.noarch@r1
#>rule pkg 9a08b42982798466c2ffc51838e61670 -B-2-1.noarch@r1
#>rule pkg 9baa5f257646174d982be561f4e55d5d -C-1-1.noarch@system
#>rule pkg 9baa5f257646174d982be561f4e55d5d -C-3-2.noarch@r1
#>rule pkg 9e0e4784e8491d92c07cea6ee7848ec7 -B-3-1.noarch@r1
#>rule pkg c0b106059a5ef15b059389ef64ecf7d8  C-1-1.noarch@system
#>rule pkg c0b106059a5ef15b059389ef64ecf7d8  C-3-2.noarch@r1
#>rule pkg c0b106059a5ef15b059389ef64ecf7d8 -B-2-2.noarch@r1
#>rule pkg dd08e20d918a471273c59f3cf500a417 -B-2-1.noarch@system
#>rule pkg dd08e20d918a471273c59f3cf500a417 -B-2-2.noarch@r1
#>rule pkg e897f5f0bd3cf85d4c3a8fb005ee8697 -B-2-2.noarch@r1
#>rule pkg e897f5f0bd3cf85d4c3a8fb005ee8697 -B-3-1.noarch@r1
#>rule pkg fb968de91b8cbc7952cd733b269a4f87  B-2-1.noarch@r1
#>rule pkg fb968de91b8cbc7952cd733b269a4f87  B-2-1.noarch@system
#>rule pkg fb968de91b8cbc7952cd733b269a4f87  B-2-2.noarch@r1
#>rule pkg fb968de91b8cbc7952cd733b269a4f87 -C-1-1.noarch@system
#>rule update 17e111683f91210607e70d52e45ba835  B-2-1.noarch@r1
#>rule update 17e111683f91210607e70d52e45ba835  B-2-1.noarch@system
#>rule update 17e111683f91210607e70d52e45ba835  B-2-2.noarch@r1
#>rule update 17e111683f91210607e70d52e45ba835  B-3-1.noarch@r1
#>rule update 3b70075e4e0a226265ef04479c977a28  C-1-1.noarch@system
#>rule update 3b70075e4e0a226265ef04479c977a28  C-3-2.noarch@r1
#>rule update 4e186cf444c8c4d2856c11e0cb0ea37a  A-2-1.noarch@system
#>upgrade B-2-1.noarch@system B-2-2.noarch@r1
#>upgrade C-1-1.noarch@system C-3-2.noarch@r1
#>userinstalled pkg C-3-2.noarch@r1
