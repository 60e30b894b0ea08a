repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prq: V
#>=Tim: 200
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prq: A
#>=Req: W >= 2
#>=Req: C
#>=Tim: 200
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Tim: 100
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Req: A <= 3
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Prq: A
#>=Prq: X < 3
#>=Obs: C < 2-1
#>=Tim: 100
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Tim: 200
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Req: A > 1
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prq: X
#>=Prq: C
#>=Req: A
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: C
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Req: V
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Obs: C >= 3
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Obs: C < 3-1
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 200
system x86_64 rpm system
solverflags keepexplicitobsoletes
job install provides C < 3
job install oneof B-3-2.noarch@r1
job install name C
job multiversion provides B
job multiversion provides C
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>job install name C
#>job install oneof B-3-2.noarch@r1
#>job install provides C < 3
#>job multiversion provides B
#>job multiversion provides C
#>problem 0df9dc23 info nothing provides X < 3 needed by B-3-2.noarch
#>problem 0df9dc23 solution 61a0b504 deljob install oneof B-3-2.noarch@r1
#>reason A-1-1.noarch@r1 unit 71be78753eaa894cf4040a90c00ad434
#>reason A-2-1.noarch@system keep b5f91b9a74feaa03a7c99415981acfc4
#>reason A-2-2.noarch@r1 unit 835a11c9a1aa60b6a2919a4ef8c80e4e
#>reason A-2-2.noarch@r3 unit ce2b0405c434bebc63e218ff59fc8d8c
#>reason A-3-1.noarch@r1 unit 59e6542e725445306715431c876fe463
#>reason A-3-1.noarch@r3 unit a10b2cdf25ca40ed92c08bc6268cb640
#>reason B-1-1.noarch@r2 unit 2b1aa507d61b26f6004430d24969f9a1
#>reason B-1-1.noarch@system unit cd1e84f59853f9cb1c7577791baadd1c
#>reason B-1-2.noarch@system unit c2a9687678afae0a6e79e2385cb2095a
#>reason B-3-1.noarch@r1 unit 9e0e4784e8491d92c07cea6ee7848ec7
#>reason B-3-2.noarch@r1 unit 7a28102e8765f82d3c11e1ac99d48600
#>reason C-2-2.noarch@system job 19cfdf2042ef71fba1a3aead79671802
#>reason C-3-1.noarch@r3 unit 0d99566351cb4940a61cbe83df890497
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-1-1.noarch@r2
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-1-1.noarch@r2
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-1-1.noarch@system
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-1-1.noarch@system
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-1-2.noarch@system
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-1-2.noarch@system
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-2-1.noarch@r2
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-2-1.noarch@r2
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-3-1.noarch@r1
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-3-1.noarch@r1
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-3-2.noarch@r1
#>rule feature 048755eeb1ce26b186b40f2de926a97d  B-3-2.noarch@r1
#>rule feature 2b12ed00218be0e2239eb2e4bd934180  C-1-1.noarch@r2
#>rule feature 2b12ed00218be0e2239eb2e4bd934180  C-2-1.noarch@r2
#>rule feature 2b12ed00218be0e2239eb2e4bd934180  C-2-2.noarch@system
#>rule feature 2b12ed00218be0e2239eb2e4bd934180  C-3-1.noarch@r1
#>rule feature 2b12ed00218be0e2239eb2e4bd934180  C-3-1.noarch@r3
#>rule feature 3a5360ba78baa098466cc6e046986cba  A-1-1.noarch@r1
#>rule feature 3a5360ba78baa098466cc6e046986cba  A-2-1.noarch@system
#>rule feature 3a5360ba78baa098466cc6e046986cba  A-2-2.noarch@r1
#>rule feature 3a5360ba78baa098466cc6e046986cba  A-2-2.noarch@r3
#>rule feature 3a5360ba78baa098466cc6e046986cba  A-3-1.noarch@r1
#>rule feature 3a5360ba78baa098466cc6e046986cba  A-3-1.noarch@r3
#>rule job 19cfdf2042ef71fba1a3aead79671802  C-1-1.noarch@r2
#>rule job 19cfdf2042ef71fba1a3aead79671802  C-2-1.noarch@r2
#>rule job 19cfdf2042ef71fba1a3aead79671802  C-2-2.noarch@system
#>rule job 2b12ed00218be0e2239eb2e4bd934180  C-1-1.noarch@r2
#>rule job 2b12ed00218be0e2239eb2e4bd934180  C-2-1.noarch@r2
#>rule job 2b12ed00218be0e2239eb2e4bd934180  C-2-2.noarch@system
#>rule job 2b12ed00218be0e2239eb2e4bd934180  C-3-1.noarch@r1
#>rule job 2b12ed00218be0e2239eb2e4bd934180  C-3-1.noarch@r3
#>rule job a365e8bc1368bcd0fa1bfc5997570d19  B-3-2.noarch@r1
#>rule pkg 0d99566351cb4940a61cbe83df890497 -C-2-2.noarch@system
#>rule pkg 0d99566351cb4940a61cbe83df890497 -C-3-1.noarch@r3
#>rule pkg 0dd98cd1895db920293fa0c3753a61bb -C-1-1.noarch@r2
#>rule pkg 0dd98cd1895db920293fa0c3753a61bb -C-3-1.noarch@r3
#>rule pkg 2241bd80ecd8f9144018258c9a482161 -C-2-1.noarch@r2
#>rule pkg 2241bd80ecd8f9144018258c9a482161 -C-3-1.noarch@r3
#>rule pkg 28d3403f5a36ec4aeca40f25cfc9aa6a -A-2-2.noarch@r3
#>rule pkg 28d3403f5a36ec4aeca40f25cfc9aa6a -A-3-1.noarch@r3
#>rule pkg 2b1aa507d61b26f6004430d24969f9a1 -B-1-1.noarch@r2
#>rule pkg 34569de9941630aa54b5bfa4781c1c35 -C-2-1.noarch@r2
#>rule pkg 34569de9941630aa54b5bfa4781c1c35 -C-3-1.noarch@r1
#>rule pkg 3cd9af0e34fffe3b2d494c1a9ecc1da9 -A-3-1.noarch@r1
#>rule pkg 3cd9af0e34fffe3b2d494c1a9ecc1da9 -A-3-1.noarch@r3
#>rule pkg 4523d383f1a23a1437ee85dcf53c2cfd  C-1-1.noarch@r2
#>rule pkg 4523d383f1a23a1437ee85dcf53c2cfd  C-2-1.noarch@r2
#>rule pkg 4523d383f1a23a1437ee85dcf53c2cfd  C-2-2.noarch@system
#>rule pkg 4523d383f1a23a1437ee85dcf53c2cfd  C-3-1.noarch@r1
#>rule pkg 4523d383f1a23a1437ee85dcf53c2cfd  C-3-1.noarch@r3
#>rule pkg 4523d383f1a23a1437ee85dcf53c2cfd -A-1-1.noarch@r1
#>rule pkg 4a453fdfd6617500fa1c69d97b838f75 -A-2-2.noarch@r1
#>rule pkg 4a453fdfd6617500fa1c69d97b838f75 -A-2-2.noarch@r3
#>rule pkg 55d0eee62ae3a8d6e34e10f091d02095  A-1-1.noarch@r1
#>rule pkg 55d0eee62ae3a8d6e34e10f091d02095  A-2-1.noarch@system
#>rule pkg 55d0eee62ae3a8d6e34e10f091d02095  A-2-2.noarch@r1
#>rule pkg 55d0eee62ae3a8d6e34e10f091d02095  A-2-2.noarch@r3
#>rule pkg 55d0eee62ae3a8d6e34e10f091d02095  A-3-1.noarch@r1
#>rule pkg 55d0eee62ae3a8d6e34e10f091d02095  A-3-1.noarch@r3
#>rule pkg 55d0eee62ae3a8d6e34e10f091d02095 -B-3-2.noarch@r1
#>rule pkg 57de28c4660c700dca7fff0ce7fc21e3 -A-1-1.noarch@r1
#>rule pkg 57de28c4660c700dca7fff0ce7fc21e3 -A-3-1.noarch@r3
#>rule pkg 59e6542e725445306715431c876fe463 -A-2-1.noarch@system
#>rule pkg 59e6542e725445306715431c876fe463 -A-3-1.noarch@r1
#>rule pkg 5d0cff9b4593d4a61a1131222d0c6031  C-1-1.noarch@r2
#>rule pkg 5d0cff9b4593d4a61a1131222d0c6031  C-2-1.noarch@r2
#>rule pkg 5d0cff9b4593d4a61a1131222d0c6031  C-2-2.noarch@system
#>rule pkg 5d0cff9b4593d4a61a1131222d0c6031  C-3-1.noarch@r1
#>rule pkg 5d0cff9b4593d4a61a1131222d0c6031  C-3-1.noarch@r3
#>rule pkg 5d0cff9b4593d4a61a1131222d0c6031 -B-1-1.noarch@system
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-1-1.noarch@r1
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-2-1.noarch@system
#>rule pkg 79ae0224dc679577e3b91767af4b18d6  A-1-1.noarch@r1
#>rule pkg 79ae0224dc679577e3b91767af4b18d6  A-2-1.noarch@system
#>rule pkg 79ae0224dc679577e3b91767af4b18d6  A-2-2.noarch@r1
#>rule pkg 79ae0224dc679577e3b91767af4b18d6  A-2-2.noarch@r3
#>rule pkg 79ae0224dc679577e3b91767af4b18d6  A-3-1.noarch@r1
#>rule pkg 79ae0224dc679577e3b91767af4b18d6  A-3-1.noarch@r3
#>rule pkg 79ae0224dc679577e3b91767af4b18d6 -B-3-1.noarch@r1
#>rule pkg 7a28102e8765f82d3c11e1ac99d48600 -B-3-2.noarch@r1
#>rule pkg 835a11c9a1aa60b6a2919a4ef8c80e4e -A-2-1.noarch@system
#>rule pkg 835a11c9a1aa60b6a2919a4ef8c80e4e -A-2-2.noarch@r1
#>rule pkg 8f0f75d82427d51cd5cb0120da5a7e82  C-1-1.noarch@r2
#>rule pkg 8f0f75d82427d51cd5cb0120da5a7e82  C-2-1.noarch@r2
#>rule pkg 8f0f75d82427d51cd5cb0120da5a7e82  C-2-2.noarch@system
#>rule pkg 8f0f75d82427d51cd5cb0120da5a7e82  C-3-1.noarch@r1
#>rule pkg 8f0f75d82427d51cd5cb0120da5a7e82  C-3-1.noarch@r3
#>rule pkg 8f0f75d82427d51cd5cb0120da5a7e82 -B-3-1.noarch@r1
#>rule pkg 93616693b87962343933daf0ee7aa685  A-1-1.noarch@r1
#>rule pkg 93616693b87962343933daf0ee7aa685  A-2-1.noarch@system
#>rule pkg 93616693b87962343933daf0ee7aa685  A-2-2.noarch@r1
#>rule pkg 93616693b87962343933daf0ee7aa685  A-2-2.noarch@r3
#>rule pkg 93616693b87962343933daf0ee7aa685  A-3-1.noarch@r1
#>rule pkg 93616693b87962343933daf0ee7aa685  A-3-1.noarch@r3
#>rule pkg 93616693b87962343933daf0ee7aa685 -C-2-2.noarch@system
#>rule pkg 9498c5c21bc4ab6954350f08e7e71c1d  A-1-1.noarch@r1
#>rule pkg 9498c5c21bc4ab6954350f08e7e71c1d  A-2-1.noarch@system
#>rule pkg 9498c5c21bc4ab6954350f08e7e71c1d  A-2-2.noarch@r1
#>rule pkg 9498c5c21bc4ab6954350f08e7e71c1d  A-2-2.noarch@r3
#>rule pkg 9498c5c21bc4ab6954350f08e7e71c1d  A-3-1.noarch@r1
#>rule pkg 9498c5c21bc4ab6954350f08e7e71c1d  A-3-1.noarch@r3
#>rule pkg 9498c5c21bc4ab6954350f08e7e71c1d -B-1-1.noarch@system
#>rule pkg 9a7538b472a234a6133b2ed2c719fb81 -A-2-2.noarch@r1
#>rule pkg 9a7538b472a234a6133b2ed2c719fb81 -A-3-1.noarch@r3
#>rule pkg 9e0e4784e8491d92c07cea6ee7848ec7 -B-3-1.noarch@r1
#>rule pkg a10b2cdf25ca40ed92c08bc6268cb640 -A-2-1.noarch@system
#>rule pkg a10b2cdf25ca40ed92c08bc6268cb640 -A-3-1.noarch@r3
#>rule pkg aa9abe923757b2188f0c03590534b950 -A-2-2.noarch@r3
#>rule pkg aa9abe923757b2188f0c03590534b950 -A-3-1.noarch@r1
#>rule pkg b77be30c3fa960c4e4372bd9ac91b2fc -C-3-1.noarch@r1
#>rule pkg b77be30c3fa960c4e4372bd9ac91b2fc -C-3-1.noarch@r3
#>rule pkg ce2b0405c434bebc63e218ff59fc8d8c -A-2-1.noarch@system
#>rule pkg ce2b0405c434bebc63e218ff59fc8d8c -A-2-2.noarch@r3
#>rule pkg da0585bd413680dc6af85650f171aa5d -A-1-1.noarch@r1
#>rule pkg da0585bd413680dc6af85650f171aa5d -A-3-1.noarch@r1
#>rule pkg e1dd50e12393d202d1f8ad0df0c31246 -A-1-1.noarch@r1
#>rule pkg e1dd50e12393d202d1f8ad0df0c31246 -A-2-2.noarch@r1
#>rule pkg eb79945ef592796d2c0806f8e85d7d5b -A-1-1.noarch@r1
#>rule pkg eb79945ef592796d2c0806f8e85d7d5b -A-2-2.noarch@r3
#>rule pkg f0fbf9dcd1cd1b7707674625f3439c12 -B-3-2.noarch@r1
#>rule pkg f0fbf9dcd1cd1b7707674625f3439c12 -C-1-1.noarch@r2
#>rule pkg fef4db37033af1b67e1aa1cae60cea52 -B-1-1.noarch@r2
#>rule pkg fef4db37033af1b67e1aa1cae60cea52 -B-1-1.noarch@system
#>rule pkg feff07efdf077e6d32ebfb1c8fad87eb -A-2-2.noarch@r1
#>rule pkg feff07efdf077e6d32ebfb1c8fad87eb -A-3-1.noarch@r1
#>rule update 4b1fcd0311dffebba2048746c4fd282f  C-2-2.noarch@system
#>rule update 4b1fcd0311dffebba2048746c4fd282f  C-3-1.noarch@r3
#>rule update b5f91b9a74feaa03a7c99415981acfc4  A-2-1.noarch@system
#>rule update b5f91b9a74feaa03a7c99415981acfc4  A-2-2.noarch@r1
#>rule update b5f91b9a74feaa03a7c99415981acfc4  A-2-2.noarch@r3
#>rule update b5f91b9a74feaa03a7c99415981acfc4  A-3-1.noarch@r1
#>rule update b5f91b9a74feaa03a7c99415981acfc4  A-3-1.noarch@r3
#>rule update c2a9687678afae0a6e79e2385cb2095a  B-1-2.noarch@system
#>rule update cd1e84f59853f9cb1c7577791baadd1c  B-1-1.noarch@r2
#>rule update cd1e84f59853f9cb1c7577791baadd1c  B-1-1.noarch@system
#>unneeded_filtered B-1-1.noarch@system
#>unneeded_filtered B-1-2.noarch@system
#>userinstalled pkg C-2-2.noarch@system
