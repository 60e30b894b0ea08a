repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prq: W
#>=Req: V
#>=Con: X = 3
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prq: B
#>=Tim: 200
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Con: B < 1
#>=Con: B = 3
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Prv: V = 1
#>=Tim: 100
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Prv: X = 3-1
#>=Con: B <= 3
#>=Con: C
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prq: A >= 1-1
#>=Req: B
#>=Tim: 100
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Prv: A
#>=Req: B
#>=Req: W
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: V
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: V
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Req: B
#>=Tim: 200
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Req: V
#>=Req: A
#>=Prq: C
#>=Req: A
#>=Tim: 100
system x86_64 rpm system
job install oneof A-2-2.noarch@r1
job update name B
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>autoinst name C
#>job install oneof A-2-2.noarch@r1
#>job update name B
#>problem b1d9d4d1 info package A-2-2.noarch conflicts with B <= 3 provided by B-1-2.noarch
#>problem b1d9d4d1 solution 561e8233 deljob install oneof A-2-2.noarch@r1
#>problem b1d9d4d1 solution 9ea0a65e erase B-1-2.noarch@system
#>problem b1d9d4d1 solution 9ea0a65e erase C-2-1.noarch@system
#>reason A-1-1.noarch@r1 unit 71be78753eaa894cf4040a90c00ad434
#>reason A-2-1.noarch@system unit 1db4aa535bb8e9b3a721626651993315
#>reason A-2-2.noarch@r1 unit 51d7f984b6bf28d75bea14da8f4ca0de
#>reason B-1-2.noarch@system unit 80fa60415b43c0f5431b56c1c4175c9e
#>reason B-2-1.noarch@r1 update 4a1374d002ef1597b89329f1300bcc38
#>reason B-3-2.noarch@r1 unit 553fb1e4ca6f9381d1cc10b7501e5623
#>reason C-1-1.noarch@r1 unit ed4a9d180305c2196ba4eb4f20842bb1
#>reason C-1-2.noarch@r1 unit 942a5da1b5d421ae72d825282530758b
#>reason C-2-1.noarch@r1 unit a75a4782edec2e47b345c8df27ffe30c
#>reason C-2-1.noarch@system unit 16dffb9b7293e12ddc9142af2cff15f1
#>reason C-2-2.noarch@r1 unit f21a873455d02ed2b069a7c8c33033e1
#>rule feature 8765c4fcd504e36febf7e44d0c989b13  C-1-1.noarch@r1
#>rule feature 8765c4fcd504e36febf7e44d0c989b13  C-1-2.noarch@r1
#>rule feature 8765c4fcd504e36febf7e44d0c989b13  C-2-1.noarch@r1
#>rule feature 8765c4fcd504e36febf7e44d0c989b13  C-2-1.noarch@system
#>rule feature 8765c4fcd504e36febf7e44d0c989b13  C-2-2.noarch@r1
#>rule feature e94d16dd9fea1bd1423a1fcd82d55187  A-1-1.noarch@r1
#>rule feature e94d16dd9fea1bd1423a1fcd82d55187  A-2-1.noarch@system
#>rule feature e94d16dd9fea1bd1423a1fcd82d55187  A-2-2.noarch@r1
#>rule job 18e3a7eb79d893823e290c07b44b3e36  A-2-2.noarch@r1
#>rule learnt 553fb1e4ca6f9381d1cc10b7501e5623 -B-3-2.noarch@r1
#>rule learnt 553fb1e4ca6f9381d1cc10b7501e5623 -C-2-1.noarch@system
#>rule learnt a75a4782edec2e47b345c8df27ffe30c -C-2-1.noarch@r1
#>rule pkg 035c00600cf215d6aba3fbf9f4b5986d -A-2-2.noarch@r1
#>rule pkg 035c00600cf215d6aba3fbf9f4b5986d -B-2-1.noarch@r1
#>rule pkg 170eedd460c17240a16c9dc337eb0b6f -A-2-2.noarch@r1
#>rule pkg 170eedd460c17240a16c9dc337eb0b6f -B-3-2.noarch@r1
#>rule pkg 1b13327f92578d9d133e0d6b914b0fcc -A-2-2.noarch@r1
#>rule pkg 1b13327f92578d9d133e0d6b914b0fcc -C-1-2.noarch@r1
#>rule pkg 234e6fdc2f450fd60cb249f669525202 -B-1-2.noarch@system
#>rule pkg 234e6fdc2f450fd60cb249f669525202 -B-3-2.noarch@r1
#>rule pkg 2714405730ddb533770f086c196d72bb -C-1-1.noarch@r1
#>rule pkg 2714405730ddb533770f086c196d72bb -C-2-1.noarch@r1
#>rule pkg 3836a3994afa312860daf8ee46f055e1 -C-1-1.noarch@r1
#>rule pkg 3836a3994afa312860daf8ee46f055e1 -C-1-2.noarch@r1
#>rule pkg 3f91a145af5d04c4335893842e79422e  B-1-2.noarch@system
#>rule pkg 3f91a145af5d04c4335893842e79422e  B-2-1.noarch@r1
#>rule pkg 3f91a145af5d04c4335893842e79422e  B-3-2.noarch@r1
#>rule pkg 3f91a145af5d04c4335893842e79422e -C-2-2.noarch@r1
#>rule pkg 51d7f984b6bf28d75bea14da8f4ca0de -A-2-2.noarch@r1
#>rule pkg 51d7f984b6bf28d75bea14da8f4ca0de -C-2-1.noarch@system
#>rule pkg 5334d2b9388dab3206d8f01723b0b334 -A-2-2.noarch@r1
#>rule pkg 5334d2b9388dab3206d8f01723b0b334 -C-2-1.noarch@r1
#>rule pkg 55e69360bc9cedfe2533a93c5b90e377 -C-1-1.noarch@r1
#>rule pkg 55e69360bc9cedfe2533a93c5b90e377 -C-2-2.noarch@r1
#>rule pkg 6d08363a41c835100cb4af53fd0b2bde  A-1-1.noarch@r1
#>rule pkg 6d08363a41c835100cb4af53fd0b2bde  A-2-1.noarch@system
#>rule pkg 6d08363a41c835100cb4af53fd0b2bde  A-2-2.noarch@r1
#>rule pkg 6d08363a41c835100cb4af53fd0b2bde  C-2-2.noarch@r1
#>rule pkg 6d08363a41c835100cb4af53fd0b2bde -B-3-2.noarch@r1
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-1-1.noarch@r1
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-2-1.noarch@system
#>rule pkg 73ba249bc245928ffc9267d5db7f9886 -C-2-1.noarch@r1
#>rule pkg 73ba249bc245928ffc9267d5db7f9886 -C-2-2.noarch@r1
#>rule pkg 80fa60415b43c0f5431b56c1c4175c9e -B-1-2.noarch@system
#>rule pkg 80fa60415b43c0f5431b56c1c4175c9e -B-2-1.noarch@r1
#>rule pkg 835a11c9a1aa60b6a2919a4ef8c80e4e -A-2-1.noarch@system
#>rule pkg 835a11c9a1aa60b6a2919a4ef8c80e4e -A-2-2.noarch@r1
#>rule pkg 8683aa1cf4ff3765a7ee8de2ecd8060a  C-1-1.noarch@r1
#>rule pkg 8683aa1cf4ff3765a7ee8de2ecd8060a  C-1-2.noarch@r1
#>rule pkg 8683aa1cf4ff3765a7ee8de2ecd8060a -B-3-2.noarch@r1
#>rule pkg 942a5da1b5d421ae72d825282530758b -C-1-2.noarch@r1
#>rule pkg 942a5da1b5d421ae72d825282530758b -C-2-1.noarch@system
#>rule pkg aab0b059e002a3e766b254070f391cc8 -C-2-1.noarch@system
#>rule pkg aab0b059e002a3e766b254070f391cc8 -C-2-2.noarch@r1
#>rule pkg aca850d8bbec492456c8f7dbc671e488 -C-2-1.noarch@r1
#>rule pkg aca850d8bbec492456c8f7dbc671e488 -C-2-1.noarch@system
#>rule pkg b18dc1af08478aa41e605ec3f7d3d1c3 -C-1-2.noarch@r1
#>rule pkg b18dc1af08478aa41e605ec3f7d3d1c3 -C-2-1.noarch@r1
#>rule pkg b20b94f2fcf736b3ec18e3d21286aa8c  B-1-2.noarch@system
#>rule pkg b20b94f2fcf736b3ec18e3d21286aa8c  B-2-1.noarch@r1
#>rule pkg b20b94f2fcf736b3ec18e3d21286aa8c  B-3-2.noarch@r1
#>rule pkg b20b94f2fcf736b3ec18e3d21286aa8c -C-2-1.noarch@system
#>rule pkg c09a34042d09b36509be46cadc8d3872 -A-2-2.noarch@r1
#>rule pkg c09a34042d09b36509be46cadc8d3872 -C-1-1.noarch@r1
#>rule pkg cabadc190890169c29eac7ccbe4ddf76  C-1-1.noarch@r1
#>rule pkg cabadc190890169c29eac7ccbe4ddf76  C-1-2.noarch@r1
#>rule pkg cabadc190890169c29eac7ccbe4ddf76  C-2-1.noarch@r1
#>rule pkg cabadc190890169c29eac7ccbe4ddf76  C-2-1.noarch@system
#>rule pkg cabadc190890169c29eac7ccbe4ddf76  C-2-2.noarch@r1
#>rule pkg cabadc190890169c29eac7ccbe4ddf76 -B-3-2.noarch@r1
#>rule pkg cf7db4d8a72c9475791108a9d6fcdc13  C-1-1.noarch@r1
#>rule pkg cf7db4d8a72c9475791108a9d6fcdc13  C-1-2.noarch@r1
#>rule pkg cf7db4d8a72c9475791108a9d6fcdc13 -C-2-1.noarch@r1
#>rule pkg d16dc1fde4aea27cf1b36442acba82a4  B-1-2.noarch@system
#>rule pkg d16dc1fde4aea27cf1b36442acba82a4  B-2-1.noarch@r1
#>rule pkg d16dc1fde4aea27cf1b36442acba82a4  B-3-2.noarch@r1
#>rule pkg d16dc1fde4aea27cf1b36442acba82a4 -A-1-1.noarch@r1
#>rule pkg e038c357fd7c207722db68838199eda8 -B-2-1.noarch@r1
#>rule pkg e038c357fd7c207722db68838199eda8 -B-3-2.noarch@r1
#>rule pkg e1dd50e12393d202d1f8ad0df0c31246 -A-1-1.noarch@r1
#>rule pkg e1dd50e12393d202d1f8ad0df0c31246 -A-2-2.noarch@r1
#>rule pkg e2ad163aef5ec116d3d4d19bdd7a5de6 -C-1-2.noarch@r1
#>rule pkg e2ad163aef5ec116d3d4d19bdd7a5de6 -C-2-2.noarch@r1
#>rule pkg e83065134f02489d4f15d226f2db97f7 -A-2-2.noarch@r1
#>rule pkg e83065134f02489d4f15d226f2db97f7 -C-2-2.noarch@r1
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-1-1.noarch@r1
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-2-1.noarch@system
#>rule pkg f21a873455d02ed2b069a7c8c33033e1 -C-2-2.noarch@r1
#>rule pkg fe262553b590ca8dda51ef74b3e28527 -A-2-2.noarch@r1
#>rule pkg fe262553b590ca8dda51ef74b3e28527 -B-1-2.noarch@system
#>rule update 16dffb9b7293e12ddc9142af2cff15f1  C-2-1.noarch@r1
#>rule update 16dffb9b7293e12ddc9142af2cff15f1  C-2-1.noarch@system
#>rule update 16dffb9b7293e12ddc9142af2cff15f1  C-2-2.noarch@r1
#>rule update 1db4aa535bb8e9b3a721626651993315  A-2-1.noarch@system
#>rule update 1db4aa535bb8e9b3a721626651993315  A-2-2.noarch@r1
#>rule update 4a1374d002ef1597b89329f1300bcc38  B-1-2.noarch@system
#>rule update 4a1374d002ef1597b89329f1300bcc38  B-2-1.noarch@r1
#>rule update 4a1374d002ef1597b89329f1300bcc38  B-3-2.noarch@r1
#>unneeded B-1-2.noarch@system
#>unneeded_filtered A-2-1.noarch@system
#>unneeded_filtered C-2-1.noarch@system
#>upgrade B-1-2.noarch@system B-2-1.noarch@r1
