repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Prv: W >= 2-2
#>=Tim: 200
#>=Pkg: G 3 1 x86_64
#>=Prv: G = 3-1
#>=Prq: B <IF> (V <ELSE> X)
#>=Tim: 100
#>=Pkg: B 3 1 x86_64
#>=Prv: B = 3-1
#>=Prv: W
#>=Tim: 100
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Prq: X | F
#>=Req: B <IF> C < 3
#>=Req: A - V
#>=Req: ((W <IF> (D <ELSE> E >= 3)) | V) & A
#>=Prq: D = 3
#>=Prq: A | D
#>=Tim: 100
#>=Pkg: F 2 1 x86_64
#>=Prv: F = 2-1
#>=Req: G
#>=Req: C >= 2
#>=Req: W <> 1 | E <> 3-1
#>=Req: W = 3-1
#>=Enh: F < 2-2 - E
#>=Rec: E | (D | V)
#>=Tim: 100
#>=Pkg: F 1 2 i586
#>=Prv: F = 1-2
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 3 1 x86_64
#>=Prv: E = 3-1
#>=Tim: 100
#>=Pkg: F 3 2 i586
#>=Prv: F = 3-2
#>=Req: W
#>=Tim: 100
#>=Pkg: F 1 1 x86_64
#>=Prv: F = 1-1
#>=Prq: E
#>=Req: (A + V) & ((G | G) - D)
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: A | A
#>=Tim: 200
#>=Pkg: F 1 2 i586
#>=Prv: F = 1-2
#>=Req: W
#>=Tim: 100
#>=Pkg: G 3 1 badarch
#>=Prv: G = 3-1
#>=Rec: V
#>=Tim: 100
#>=Pkg: C 1 1 x86_64
#>=Prv: C = 1-1
#>=Tim: 100
system x86_64 rpm
job install name D
job install name F
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>job install name D
#>job install name F
#>problem c43b1300 info package D does not exist
#>problem c43b1300 solution 37fc7e07 deljob install name D
#>problem e47e92f8 info nothing provides (A without V) needed by C-2-2.noarch
#>problem e47e92f8 solution 60bfbdf1 deljob install name F
#>problem e47e92f8 solution 7ec53495 allow F-3-2.i586@r2
#>reason C-2-2.noarch@r1 unit f21a873455d02ed2b069a7c8c33033e1
#>reason C-3-1.noarch@r2 unit 05556c3aa68e4fb2395c61ed224a556c
#>reason F-1-1.x86_64@r2 unit 4764bc0b4e1477fdb07d3e6981be4bb0
#>reason F-2-1.x86_64@r1 unit b330c57a08a4cc2d9dc7238fd64b73cb
#>reason G-3-1.x86_64@r1 unit 6e358ff932461f55aff07a0d5407d6a5
#>rule infarch 73f0bfaf3281029fa96458dc1888f793 -F-1-2.i586@r2
#>rule infarch cf81e57b7bd497d1dff5f1477c11899e -F-1-2.i586@r1
#>rule infarch dea21e2012994017644fc8484b97ba80 -F-3-2.i586@r2
#>rule job 69e77d4786d51f37f2155a6bb793e214  F-1-1.x86_64@r2
#>rule job 69e77d4786d51f37f2155a6bb793e214  F-1-2.i586@r1
#>rule job 69e77d4786d51f37f2155a6bb793e214  F-1-2.i586@r2
#>rule job 69e77d4786d51f37f2155a6bb793e214  F-2-1.x86_64@r1
#>rule job 69e77d4786d51f37f2155a6bb793e214  F-3-2.i586@r2
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 05556c3aa68e4fb2395c61ed224a556c -C-3-1.noarch@r2
#>rule pkg 11cfb2244914ad3f5e725c5ec8195b4a -F-1-2.i586@r2
#>rule pkg 11cfb2244914ad3f5e725c5ec8195b4a -F-3-2.i586@r2
#>rule pkg 11ebf9bf379f8bf2330e8858cec57e4a -F-1-2.i586@r1
#>rule pkg 11ebf9bf379f8bf2330e8858cec57e4a -F-2-1.x86_64@r1
#>rule pkg 12dea141a4e1aefe92406916fec1030e -F-1-2.i586@r1
#>rule pkg 12dea141a4e1aefe92406916fec1030e -F-3-2.i586@r2
#>rule pkg 12e0577091c43712f0ecb950336409eb -F-1-1.x86_64@r2
#>rule pkg 12e0577091c43712f0ecb950336409eb -F-1-2.i586@r1
#>rule pkg 28d26f2e9b9c43e2121a2403824f50ca -F-1-1.x86_64@r2
#>rule pkg 28d26f2e9b9c43e2121a2403824f50ca -F-1-2.i586@r2
#>rule pkg 35b1df362ae5307b99c8bce324fa13a1 -F-1-2.i586@r2
#>rule pkg 35b1df362ae5307b99c8bce324fa13a1 -F-2-1.x86_64@r1
#>rule pkg 4764bc0b4e1477fdb07d3e6981be4bb0 -F-1-1.x86_64@r2
#>rule pkg 59298c6b55f97ee26c35314db669e751 -F-2-1.x86_64@r1
#>rule pkg 59298c6b55f97ee26c35314db669e751 -F-3-2.i586@r2
#>rule pkg 5f9bbe3b1703509b14c29ad9d8c52f98  B-3-1.x86_64@r1
#>rule pkg 5f9bbe3b1703509b14c29ad9d8c52f98  E-1-1.noarch@r1
#>rule pkg 5f9bbe3b1703509b14c29ad9d8c52f98 -F-3-2.i586@r2
#>rule pkg 6369e3dd22980ec2834811dd405518fd  B-3-1.x86_64@r1
#>rule pkg 6369e3dd22980ec2834811dd405518fd -C-2-2.noarch@r1
#>rule pkg 6e358ff932461f55aff07a0d5407d6a5 -G-3-1.x86_64@r1
#>rule pkg 839a7cd03c154d2008be3edc8a3e894b -C-1-1.x86_64@r2
#>rule pkg 839a7cd03c154d2008be3edc8a3e894b -C-3-1.noarch@r2
#>rule pkg 8d204a86634c3d1baa562390e3bd083b -F-1-2.i586@r1
#>rule pkg 8d204a86634c3d1baa562390e3bd083b -F-1-2.i586@r2
#>rule pkg 9037e75ccf6edabf75d11c022999f81d -C-1-1.x86_64@r2
#>rule pkg 9037e75ccf6edabf75d11c022999f81d -C-2-2.noarch@r1
#>rule pkg 95c642af3050a4a2face8a2b6bd593d1  F-1-1.x86_64@r2
#>rule pkg 95c642af3050a4a2face8a2b6bd593d1  F-1-2.i586@r1
#>rule pkg 95c642af3050a4a2face8a2b6bd593d1  F-1-2.i586@r2
#>rule pkg 95c642af3050a4a2face8a2b6bd593d1  F-2-1.x86_64@r1
#>rule pkg 95c642af3050a4a2face8a2b6bd593d1  F-3-2.i586@r2
#>rule pkg 95c642af3050a4a2face8a2b6bd593d1 -C-2-2.noarch@r1
#>rule pkg a0897064d3f516985271c7dce9e37ab0  B-3-1.x86_64@r1
#>rule pkg a0897064d3f516985271c7dce9e37ab0 -C-1-1.x86_64@r2
#>rule pkg a0897064d3f516985271c7dce9e37ab0 -C-2-2.noarch@r1
#>rule pkg b2f06a740c978ba78d45787a99b9bc3f  G-3-1.x86_64@r1
#>rule pkg b2f06a740c978ba78d45787a99b9bc3f -F-2-1.x86_64@r1
#>rule pkg b330c57a08a4cc2d9dc7238fd64b73cb  C-2-2.noarch@r1
#>rule pkg b330c57a08a4cc2d9dc7238fd64b73cb  C-3-1.noarch@r2
#>rule pkg b330c57a08a4cc2d9dc7238fd64b73cb -F-2-1.x86_64@r1
#>rule pkg bea337f1b2f84da3c47c17fc974ffcdf -F-1-1.x86_64@r2
#>rule pkg bea337f1b2f84da3c47c17fc974ffcdf -F-2-1.x86_64@r1
#>rule pkg c2ccb113d327840c0f8b2b8441c49060  B-3-1.x86_64@r1
#>rule pkg c2ccb113d327840c0f8b2b8441c49060  E-1-1.noarch@r1
#>rule pkg c2ccb113d327840c0f8b2b8441c49060 -F-1-2.i586@r2
#>rule pkg cee8400815f2160c05c052908c6814e3 -C-2-2.noarch@r1
#>rule pkg cee8400815f2160c05c052908c6814e3 -C-3-1.noarch@r2
#>rule pkg d05bad82df6fcf407d94157bd07a4731 -E-1-1.noarch@r1
#>rule pkg d05bad82df6fcf407d94157bd07a4731 -E-3-1.x86_64@r2
#>rule pkg d631dd65fbc9b8c5b3e51af208e01c85 -F-1-1.x86_64@r2
#>rule pkg d631dd65fbc9b8c5b3e51af208e01c85 -F-3-2.i586@r2
#>rule pkg ed3f8fdd3697c0608738178f6363c0fe  E-1-1.noarch@r1
#>rule pkg ed3f8fdd3697c0608738178f6363c0fe  E-3-1.x86_64@r2
#>rule pkg ed3f8fdd3697c0608738178f6363c0fe -F-1-1.x86_64@r2
#>rule pkg f21a873455d02ed2b069a7c8c33033e1 -C-2-2.noarch@r1
#>rule pkg f33d766d89d0e25e66a4d4997af869bb  B-3-1.x86_64@r1
#>rule pkg f33d766d89d0e25e66a4d4997af869bb  E-1-1.noarch@r1
#>rule pkg f33d766d89d0e25e66a4d4997af869bb -F-2-1.x86_64@r1
