repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 1 badarch
#>=Prv: A = 1-1
#>=Req: B
#>=Rec: X
#>=Enh: A
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prv: V = 2-2
#>=Req: B
#>=Rec: C
#>=Tim: 100
#>=Pkg: A 3 1 i686
#>=Prv: A = 3-1
#>=Prv: W = 2-2
#>=Enh: A | B
#>=Tim: 100
#>=Pkg: C 3 1 i686
#>=Prv: C = 3-1
#>=Tim: 100
#>=Pkg: B 2 2 x86_64
#>=Prv: B = 2-2
#>=Prq: C
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Tim: 100
#>=Pkg: A 1 1 i686
#>=Prv: A = 1-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 i586
#>=Prv: A = 3-1
#>=Prv: W
#>=Prv: W = 3-1
#>=Prv: W = 2-2
#>=Req: B > 3-1
#>=Enh: A
#>=Sup: W
#>=Tim: 100
#>=Pkg: C 1 2 i686
#>=Prv: C = 1-2
#>=Prv: W < 1-1
#>=Rec: B >= 2-2
#>=Tim: 100
#>=Pkg: A 2 1 i586
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: A 3 2 x86_64
#>=Prv: A = 3-2
#>=Tim: 200
#>=Pkg: C 3 1 badarch
#>=Prv: C = 3-1
#>=Tim: 200
system unset rpm
job erase name B
job install name C
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>install C-3-1.i686@r1
#>job erase name B
#>job install name C
#>reason A-1-1.badarch@r1 unit 4ad5a3d583590ecde253f1a2f2269db7
#>reason A-3-1.i586@r3 unit a5d5544bf391d3935c2d9dece670a946
#>reason B-2-2.x86_64@r1 unit 3f96eb385485f29c3320f355c8838322
#>reason B-3-1.noarch@r2 unit 5b7b143cf974d5c2ae890edf13bf9956
#>reason C-1-2.i686@r3 unit 782a74fe4b65796214ffd31446efe3ee
#>reason C-3-1.badarch@r3 unit aced7781ef32ae307a644ae411b44985
#>reason C-3-1.i686@r1 job 0f7c79609a9f86a6107de93c4f0c1048
#>reason C-3-1.noarch@r1 unit d80c34ad202ed0fa2d9d0afb94335143
#>reason C-3-1.noarch@r2 unit 2dde257b06ed2a4c4dc2677130a6e497
#>rule job 0f7c79609a9f86a6107de93c4f0c1048  C-1-2.i686@r3
#>rule job 0f7c79609a9f86a6107de93c4f0c1048  C-3-1.badarch@r3
#>rule job 0f7c79609a9f86a6107de93c4f0c1048  C-3-1.i686@r1
#>rule job 0f7c79609a9f86a6107de93c4f0c1048  C-3-1.noarch@r1
#>rule job 0f7c79609a9f86a6107de93c4f0c1048  C-3-1.noarch@r2
#>rule job 3f96eb385485f29c3320f355c8838322 -B-2-2.x86_64@r1
#>rule job 5b7b143cf974d5c2ae890edf13bf9956 -B-3-1.noarch@r2
#>rule pkg 0915bbcbc292d78d9cbe5f22832625c7 -A-1-1.badarch@r1
#>rule pkg 0915bbcbc292d78d9cbe5f22832625c7 -A-3-1.i686@r1
#>rule pkg 0a532ee5ac005ba0043d851fc833ac27 -A-1-1.badarch@r1
#>rule pkg 0a532ee5ac005ba0043d851fc833ac27 -A-3-1.i586@r3
#>rule pkg 1bfd19b8eca4982cc0c7c23889a583e5 -A-3-1.i586@r3
#>rule pkg 1bfd19b8eca4982cc0c7c23889a583e5 -A-3-1.i686@r1
#>rule pkg 27a37c3c1fc895f979f3bc7e0f8e75a8 -A-2-1.i586@r3
#>rule pkg 27a37c3c1fc895f979f3bc7e0f8e75a8 -A-3-1.i686@r1
#>rule pkg 2dde257b06ed2a4c4dc2677130a6e497 -C-3-1.i686@r1
#>rule pkg 2dde257b06ed2a4c4dc2677130a6e497 -C-3-1.noarch@r2
#>rule pkg 33934c491bc61050e6ccb10ed7739047  C-1-2.i686@r3
#>rule pkg 33934c491bc61050e6ccb10ed7739047  C-3-1.badarch@r3
#>rule pkg 33934c491bc61050e6ccb10ed7739047  C-3-1.i686@r1
#>rule pkg 33934c491bc61050e6ccb10ed7739047  C-3-1.noarch@r1
#>rule pkg 33934c491bc61050e6ccb10ed7739047  C-3-1.noarch@r2
#>rule pkg 33934c491bc61050e6ccb10ed7739047 -B-2-2.x86_64@r1
#>rule pkg 409d53beea6827d64d0dc92b460ba6f1 -C-3-1.noarch@r1
#>rule pkg 409d53beea6827d64d0dc92b460ba6f1 -C-3-1.noarch@r2
#>rule pkg 428b4c4fc3d387b8b20a01c11b1e1b58 -C-1-2.i686@r3
#>rule pkg 428b4c4fc3d387b8b20a01c11b1e1b58 -C-3-1.noarch@r1
#>rule pkg 4ad5a3d583590ecde253f1a2f2269db7  B-2-2.x86_64@r1
#>rule pkg 4ad5a3d583590ecde253f1a2f2269db7  B-3-1.noarch@r2
#>rule pkg 4ad5a3d583590ecde253f1a2f2269db7 -A-1-1.badarch@r1
#>rule pkg 511552c3b43826f4c1f2c9a66c98c4c9 -B-2-2.x86_64@r1
#>rule pkg 511552c3b43826f4c1f2c9a66c98c4c9 -B-3-1.noarch@r2
#>rule pkg 51b8aeb6a3cb9da15d9059ab619df02f -A-3-1.i586@r3
#>rule pkg 51b8aeb6a3cb9da15d9059ab619df02f -A-3-2.x86_64@r3
#>rule pkg 588f62c98ee4b230db3cd9bfaf47830d -C-3-1.badarch@r3
#>rule pkg 588f62c98ee4b230db3cd9bfaf47830d -C-3-1.noarch@r1
#>rule pkg 680a3480bfe0cffea8062a54c9ff5f9f -C-3-1.i686@r1
#>rule pkg 680a3480bfe0cffea8062a54c9ff5f9f -C-3-1.noarch@r1
#>rule pkg 6b163d2d2687bf9f908d3681ac6c37e3 -A-2-1.i586@r3
#>rule pkg 6b163d2d2687bf9f908d3681ac6c37e3 -A-3-1.i586@r3
#>rule pkg 782a74fe4b65796214ffd31446efe3ee -C-1-2.i686@r3
#>rule pkg 782a74fe4b65796214ffd31446efe3ee -C-3-1.i686@r1
#>rule pkg 9be4f92bbb7837f3ed8076ee257a8be4 -A-1-1.i686@r2
#>rule pkg 9be4f92bbb7837f3ed8076ee257a8be4 -A-3-1.i586@r3
#>rule pkg a5d5544bf391d3935c2d9dece670a946 -A-3-1.i586@r3
#>rule pkg a8c817fd1de05f7c82124d029d8b115b -A-1-1.badarch@r1
#>rule pkg a8c817fd1de05f7c82124d029d8b115b -A-1-1.i686@r2
#>rule pkg aced7781ef32ae307a644ae411b44985 -C-3-1.badarch@r3
#>rule pkg aced7781ef32ae307a644ae411b44985 -C-3-1.i686@r1
#>rule pkg af1d317cb12e9a400afffbd7d2fe0c7d -C-1-2.i686@r3
#>rule pkg af1d317cb12e9a400afffbd7d2fe0c7d -C-3-1.badarch@r3
#>rule pkg b8ce2cc4228a00b68226ebd1108f52b2 -A-1-1.i686@r2
#>rule pkg b8ce2cc4228a00b68226ebd1108f52b2 -A-3-1.i686@r1
#>rule pkg c1c99117690ffadb9b8e7e733c8d6bdb -A-1-1.badarch@r1
#>rule pkg c1c99117690ffadb9b8e7e733c8d6bdb -A-3-2.x86_64@r3
#>rule pkg c9ab7a9b6e4c6356986f3ccd79a704a8 -A-1-1.badarch@r1
#>rule pkg c9ab7a9b6e4c6356986f3ccd79a704a8 -A-2-1.i586@r3
#>rule pkg d54de3265714e89cdfd55b90903a0a3c -A-3-1.i686@r1
#>rule pkg d54de3265714e89cdfd55b90903a0a3c -A-3-2.x86_64@r3
#>rule pkg d80c34ad202ed0fa2d9d0afb94335143  B-2-2.x86_64@r1
#>rule pkg d80c34ad202ed0fa2d9d0afb94335143  B-3-1.noarch@r2
#>rule pkg d80c34ad202ed0fa2d9d0afb94335143 -C-3-1.noarch@r1
#>rule pkg ed9855643608c0708f9e2e19f4b15fac -C-3-1.badarch@r3
#>rule pkg ed9855643608c0708f9e2e19f4b15fac -C-3-1.noarch@r2
#>rule pkg f38da7463d11f58c8310ffc5df6fe16a -C-1-2.i686@r3
#>rule pkg f38da7463d11f58c8310ffc5df6fe16a -C-3-1.noarch@r2
#>userinstalled pkg C-3-1.i686@r1
