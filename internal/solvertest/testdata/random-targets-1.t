repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: A = 2
#>=Req: E <= 3
#>=Req: C
#>=Tim: 100
#>=Pkg: H 2 1 noarch
#>=Prv: H = 2-1
#>=Prv: V = 1-1
#>=Prq: W
#>=Req: V
#>=Req: E
#>=Tim: 200
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Req: V
#>=Req: H
#>=Prq: V
#>=Tim: 100
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Prv: X = 3
#>=Req: X > 2
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Prv: X
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prv: V
#>=Prq: E
#>=Req: E
#>=Tim: 100
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Prv: V = 2-2
#>=Req: X
#>=Tim: 100
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 3 1 noarch
#>=Prv: G = 3-1
#>=Req: B
#>=Req: D
#>=Req: E
#>=Tim: 100
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Req: V <= 2
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: H
#>=Prq: nosuch
#>=Tim: 200
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 200
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 200
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Tim: 200
#>=Pkg: H 1 2 noarch
#>=Prv: H = 1-2
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Tim: 100
system unset rpm system
job install oneof A-1-1.noarch@r1 [essential]
job install oneof A-1-1.noarch@r1 B-1-1.noarch@r2 [orupdate]
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>autoinst name C
#>autoinst name H
#>job install oneof A-1-1.noarch@r1 B-1-1.noarch@r2 [orupdate]
#>job install oneof A-1-1.noarch@r1 [essential]
#>orphaned C-1-1.noarch@system
#>problem 6c2a75f8 info package C-1-1.noarch requires A = 2, but none of the providers can be installed
#>problem 6c2a75f8 solution 55890f84 replace B-1-2.noarch@system B-1-1.noarch@r2
#>problem 6c2a75f8 solution aab45651 erase C-1-1.noarch@system
#>problem 6c2a75f8 solution f039b251 deljob install oneof A-1-1.noarch@r1 B-1-1.noarch@r2 [orupdate]
#>problem bdd2f751 info cannot install both A-1-1.noarch and A-2-2.noarch
#>problem bdd2f751 solution 9b07f5b9 replace A-2-2.noarch@system A-1-1.noarch@r1
#>reason A-1-1.noarch@r1 unit d337cc836eb41d26e7ee61bdcdaf79a7
#>reason A-1-1.noarch@r2 unit 916f35e602c23013f1a288e82ab5dfa0
#>reason A-1-2.noarch@r1 unit e9908b0c952a0e9ec2d6c54c2c94d705
#>reason A-2-2.noarch@system unit 23900fa7b9336c1be614d8e2bab9c363
#>reason B-1-1.noarch@r2 unit fda6a1d4804df220f4eae59584114e1f
#>reason B-1-2.noarch@system keep eb55f4121a617a22cab73e71e53769bc
#>reason B-2-1.noarch@r2 unit a3fb506ad7bc570e9839caeb2a3acff5
#>reason B-3-2.noarch@r2 unit 56059dcac3f3c610337535a5b7aff454
#>reason C-1-1.noarch@system keep c99f3e7af892434d24c4dac8b1930b6f
#>reason H-1-2.noarch@r2 unit aed877557c0ae161fa8e257062b8e4e6
#>reason H-2-1.noarch@system unit 2805d056e9f2dc4654bc8ab89199e354
#>rule choice 89a0b9e34e4d1e14c5ef05c5a594ddee  B-1-2.noarch@system
#>rule choice 89a0b9e34e4d1e14c5ef05c5a594ddee -A-1-2.noarch@r1
#>rule feature 435ced541742c7b9cedf75c266cf43cd  A-1-1.noarch@r1
#>rule feature 435ced541742c7b9cedf75c266cf43cd  A-1-1.noarch@r2
#>rule feature 435ced541742c7b9cedf75c266cf43cd  A-1-2.noarch@r1
#>rule feature 435ced541742c7b9cedf75c266cf43cd  A-2-2.noarch@system
#>rule feature 4e609a90efafd43520eafbbae4cdf2f7  B-1-1.noarch@r2
#>rule feature 4e609a90efafd43520eafbbae4cdf2f7  B-1-2.noarch@system
#>rule feature 4e609a90efafd43520eafbbae4cdf2f7  B-2-1.noarch@r2
#>rule feature 4e609a90efafd43520eafbbae4cdf2f7  B-3-2.noarch@r2
#>rule feature bc8170159e12f14c89f71e8d82f28325  H-1-2.noarch@r2
#>rule feature bc8170159e12f14c89f71e8d82f28325  H-2-1.noarch@system
#>rule job 6a39892dd1a5edde1be930fc1a8fdbb0  A-1-1.noarch@r1
#>rule job 80a92d10957b8870c0842562a408bda8  A-1-1.noarch@r1
#>rule job 80a92d10957b8870c0842562a408bda8  B-1-1.noarch@r2
#>rule pkg 0dec8ad3ea4fcb9a592787c0a1b0a56b -A-1-1.noarch@r1
#>rule pkg 0dec8ad3ea4fcb9a592787c0a1b0a56b -A-1-2.noarch@r1
#>rule pkg 1223bb14207944d2448fecb00c3582fc  A-1-1.noarch@r1
#>rule pkg 1223bb14207944d2448fecb00c3582fc  A-1-2.noarch@r1
#>rule pkg 1223bb14207944d2448fecb00c3582fc  H-2-1.noarch@system
#>rule pkg 1223bb14207944d2448fecb00c3582fc -A-2-2.noarch@system
#>rule pkg 23900fa7b9336c1be614d8e2bab9c363  A-2-2.noarch@system
#>rule pkg 23900fa7b9336c1be614d8e2bab9c363 -C-1-1.noarch@system
#>rule pkg 2424df1cf84a978910f60e3bcebb4f56 -B-1-1.noarch@r2
#>rule pkg 2424df1cf84a978910f60e3bcebb4f56 -B-2-1.noarch@r2
#>rule pkg 3651aa6ae0d9f76ca71e85be3447ca85  H-1-2.noarch@r2
#>rule pkg 3651aa6ae0d9f76ca71e85be3447ca85  H-2-1.noarch@system
#>rule pkg 3651aa6ae0d9f76ca71e85be3447ca85 -A-1-1.noarch@r2
#>rule pkg 45426d0a68442350fad7d35ac793bb23  B-1-2.noarch@system
#>rule pkg 45426d0a68442350fad7d35ac793bb23  E-1-1.noarch@r1
#>rule pkg 45426d0a68442350fad7d35ac793bb23 -A-1-2.noarch@r1
#>rule pkg 56059dcac3f3c610337535a5b7aff454 -B-1-2.noarch@system
#>rule pkg 56059dcac3f3c610337535a5b7aff454 -B-3-2.noarch@r2
#>rule pkg 7715ba74cb49c0092028f49df8822a61 -E-1-1.noarch@r1
#>rule pkg 7715ba74cb49c0092028f49df8822a61 -E-1-1.noarch@r2
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-1-1.noarch@r2
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-2-2.noarch@system
#>rule pkg 878c406d58e701ed3761bab4b9c412e1 -B-1-1.noarch@r2
#>rule pkg 878c406d58e701ed3761bab4b9c412e1 -B-3-2.noarch@r2
#>rule pkg 8cea8c09aca5d522c8c71d294c0d2aec -A-1-1.noarch@r1
#>rule pkg 8cea8c09aca5d522c8c71d294c0d2aec -A-1-1.noarch@r2
#>rule pkg 916f35e602c23013f1a288e82ab5dfa0 -A-1-1.noarch@r2
#>rule pkg 9b47601466e6ac25529edce1747b3f3d -E-1-1.noarch@r1
#>rule pkg 9b47601466e6ac25529edce1747b3f3d -E-2-1.noarch@r2
#>rule pkg a3fb506ad7bc570e9839caeb2a3acff5 -B-1-2.noarch@system
#>rule pkg a3fb506ad7bc570e9839caeb2a3acff5 -B-2-1.noarch@r2
#>rule pkg aed877557c0ae161fa8e257062b8e4e6 -H-1-2.noarch@r2
#>rule pkg aed877557c0ae161fa8e257062b8e4e6 -H-2-1.noarch@system
#>rule pkg b3ad46e29815e179a5c754e88b0adc22 -B-2-1.noarch@r2
#>rule pkg b3ad46e29815e179a5c754e88b0adc22 -B-3-2.noarch@r2
#>rule pkg b44154b3e339f05429a8d7ead576be80  H-1-2.noarch@r2
#>rule pkg b44154b3e339f05429a8d7ead576be80  H-2-1.noarch@system
#>rule pkg b44154b3e339f05429a8d7ead576be80 -A-2-2.noarch@system
#>rule pkg cdf944bfb9f5d7e763e66007a4731338 -E-1-1.noarch@r2
#>rule pkg cdf944bfb9f5d7e763e66007a4731338 -E-2-1.noarch@r2
#>rule pkg d337cc836eb41d26e7ee61bdcdaf79a7 -A-1-1.noarch@r1
#>rule pkg d337cc836eb41d26e7ee61bdcdaf79a7 -A-2-2.noarch@system
#>rule pkg d34c29a2152092343450c200055148f3  A-1-1.noarch@r1
#>rule pkg d34c29a2152092343450c200055148f3  A-1-2.noarch@r1
#>rule pkg d34c29a2152092343450c200055148f3  H-2-1.noarch@system
#>rule pkg d34c29a2152092343450c200055148f3 -B-3-2.noarch@r2
#>rule pkg d954417497049293b854bc4b717375a0  E-1-1.noarch@r1
#>rule pkg d954417497049293b854bc4b717375a0  E-1-1.noarch@r2
#>rule pkg d954417497049293b854bc4b717375a0  E-2-1.noarch@r2
#>rule pkg d954417497049293b854bc4b717375a0 -A-1-1.noarch@r1
#>rule pkg db9ee6880d1926e296deb97cf0f7086b -A-1-1.noarch@r2
#>rule pkg db9ee6880d1926e296deb97cf0f7086b -A-1-2.noarch@r1
#>rule pkg e9908b0c952a0e9ec2d6c54c2c94d705 -A-1-2.noarch@r1
#>rule pkg e9908b0c952a0e9ec2d6c54c2c94d705 -A-2-2.noarch@system
#>rule pkg fda6a1d4804df220f4eae59584114e1f -B-1-1.noarch@r2
#>rule pkg fda6a1d4804df220f4eae59584114e1f -B-1-2.noarch@system
#>rule update 2805d056e9f2dc4654bc8ab89199e354  H-2-1.noarch@system
#>rule update 2f2f08d1334f5486acf622f9ed86fd42  A-2-2.noarch@system
#>rule update c99f3e7af892434d24c4dac8b1930b6f  C-1-1.noarch@system
#>rule update eb55f4121a617a22cab73e71e53769bc  B-1-2.noarch@system
#>rule update eb55f4121a617a22cab73e71e53769bc  B-2-1.noarch@r2
#>rule update eb55f4121a617a22cab73e71e53769bc  B-3-2.noarch@r2
#>unneeded A-2-2.noarch@system
#>unneeded H-2-1.noarch@system
#>unneeded_filtered B-1-2.noarch@system
#>unneeded_filtered C-1-1.noarch@system
