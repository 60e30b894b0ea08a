repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Tim: 100
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Req: B <= 2-1
#>=Req: B = 3
#>=Req: W
#>=Req: A
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Tim: 100
#>=Pkg: B 3 - noarch
#>=Prv: B = 3
#>=Tim: 100
#>=Pkg: B 1:3 2 noarch
#>=Prv: B = 1:3-2
#>=Tim: 100
#>=Pkg: B 1:1 1 noarch
#>=Prv: B = 1:1-1
#>=Prv: V >= 3-1
#>=Req: A
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prq: C
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Req: D <= 3
#>=Req: D
#>=Tim: 200
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Tim: 200
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Tim: 200
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prv: V = 3
#>=Req: V
#>=Tim: 100
#>=Pkg: D 1:2 1 noarch
#>=Prv: D = 1:2-1
#>=Req: A >= 2-1
#>=Req: A
#>=Tim: 100
#>=Pkg: B 1:3 2 noarch
#>=Prv: B = 1:3-2
#>=Prv: W
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Tim: 100
#>=Pkg: C 2 - noarch
#>=Prv: C = 2
#>=Req: V = 2-2
#>=Req: A < 2-2
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 100
#>=Pkg: A 1 - noarch
#>=Tim: 100
#>=Pkg: C 1:2 1 noarch
#>=Prv: C = 1:2-1
#>=Req: C
#>=Req: A
#>=Tim: 200
#>=Pkg: C 1:3 1 noarch
#>=Prv: C = 1:3-1
#>=Prv: V < 3-1
#>=Req: W
#>=Tim: 100
system unset rpm system
job install provides B = 3
job install provides B = 1-1
job install provides B = 2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>autoinst name D
#>install B-3-2.noarch@r1
#>job install provides B = 1-1
#>job install provides B = 2
#>job install provides B = 3
#>problem a0d4d2e3 info cannot install both B-1-1.noarch and B-2-2.noarch
#>problem a0d4d2e3 solution 959550d9 deljob install provides B = 1-1
#>problem a0d4d2e3 solution 959550d9 deljob install provides B = 3
#>problem a0d4d2e3 solution ef870910 deljob install provides B = 2
#>problem a0d4d2e3 solution ef870910 deljob install provides B = 3
#>reason B-1-1.noarch@r2 unit 74f07b937158f075e7f43658208e440e
#>reason B-1:1-1.noarch@r1 unit 54f51687f2a8b721473629bfb5513c14
#>reason B-1:3-2.noarch@r1 unit 546b1923324944768ce0ad0b101af773
#>reason B-1:3-2.noarch@r2 unit 1f35cfda0ec2a2e7506b7b7e04c636b2
#>reason B-2-2.noarch@r2 unit 7c5358df81e319305938b2405b5183e6
#>reason B-3-2.noarch@r1 job 454d8d393472774b256a8b609548d586
#>reason B-3.noarch@r1 unit e404fe2b33ab4d35b2a7f33ba82cdf07
#>reason C-1:2-1.noarch@r3 unit e93573dd3031a8a5c21e5f2b8a0702e7
#>reason C-1:3-1.noarch@r3 unit 1536e532e838ce768b0f5dc7201c6d91
#>reason C-2-1.noarch@r3 unit 6001eaca3e47651d0a25f1d94ddff1f6
#>reason C-2-2.noarch@system keep 863d4554bd76c057aa961590bf0468e7
#>reason C-2.noarch@r3 unit cf37295cf66d6b222dd51c4b383fce2e
#>reason D-1-1.noarch@r1 unit 0854056a829df25af7ee3da4237a82b0
#>reason D-1-1.noarch@r2 unit 72920a3d863e009cf64e1ac8098c6967
#>reason D-1-2.noarch@system keep 28bab31b14354ec2f071818e58f2f372
#>reason D-1:2-1.noarch@r2 unit 62989ea293cbc473beacfd31c86d7d40
#>reason D-2-1.noarch@r2 unit 8687b064a7724efd5e07fc9e58e6aad3
#>rule feature 094c84b1ccc04ed9ab3fe5bddd41b00e  C-1:2-1.noarch@r3
#>rule feature 094c84b1ccc04ed9ab3fe5bddd41b00e  C-1:3-1.noarch@r3
#>rule feature 094c84b1ccc04ed9ab3fe5bddd41b00e  C-2-1.noarch@r3
#>rule feature 094c84b1ccc04ed9ab3fe5bddd41b00e  C-2-2.noarch@system
#>rule feature 094c84b1ccc04ed9ab3fe5bddd41b00e  C-2.noarch@r3
#>rule feature 5b5614e54ce4a01226ae4267aeee9041  D-1-1.noarch@r1
#>rule feature 5b5614e54ce4a01226ae4267aeee9041  D-1-1.noarch@r2
#>rule feature 5b5614e54ce4a01226ae4267aeee9041  D-1-2.noarch@system
#>rule feature 5b5614e54ce4a01226ae4267aeee9041  D-1:2-1.noarch@r2
#>rule feature 5b5614e54ce4a01226ae4267aeee9041  D-2-1.noarch@r2
#>rule job 2930813c9f8c5e306817b8a5281afae3  B-1-1.noarch@r2
#>rule job 454d8d393472774b256a8b609548d586  B-3-2.noarch@r1
#>rule job 454d8d393472774b256a8b609548d586  B-3.noarch@r1
#>rule job d82753a8d679276354eeaf7e72dfe9ca  B-2-2.noarch@r2
#>rule pkg 00a8ef93c3521fdc98da36428da2900d -B-1:1-1.noarch@r1
#>rule pkg 00a8ef93c3521fdc98da36428da2900d -B-2-2.noarch@r2
#>rule pkg 0854056a829df25af7ee3da4237a82b0 -D-1-1.noarch@r1
#>rule pkg 0854056a829df25af7ee3da4237a82b0 -D-1-2.noarch@system
#>rule pkg 15318c42a8db5f00a65cf8b3e2b10d02 -B-1:1-1.noarch@r1
#>rule pkg 15318c42a8db5f00a65cf8b3e2b10d02 -B-1:3-2.noarch@r2
#>rule pkg 1536e532e838ce768b0f5dc7201c6d91  B-1:3-2.noarch@r2
#>rule pkg 1536e532e838ce768b0f5dc7201c6d91 -C-1:3-1.noarch@r3
#>rule pkg 1c21e9e4c34d6e6dcb3cb4511f49ac9f -C-1:2-1.noarch@r3
#>rule pkg 1c21e9e4c34d6e6dcb3cb4511f49ac9f -C-2-1.noarch@r3
#>rule pkg 1cc3342cf996cf39493832f51cd05a9b  A-1-1.noarch@r2
#>rule pkg 1cc3342cf996cf39493832f51cd05a9b  A-2-2.noarch@r3
#>rule pkg 1cc3342cf996cf39493832f51cd05a9b -C-1:2-1.noarch@r3
#>rule pkg 1f35cfda0ec2a2e7506b7b7e04c636b2 -B-1:3-2.noarch@r2
#>rule pkg 1f35cfda0ec2a2e7506b7b7e04c636b2 -B-3-2.noarch@r1
#>rule pkg 2fcbb17a672b160056772156aa32b1c2 -D-1-1.noarch@r1
#>rule pkg 2fcbb17a672b160056772156aa32b1c2 -D-1-1.noarch@r2
#>rule pkg 38e241b44b0cea4299682c1d45c8c965 -C-1:3-1.noarch@r3
#>rule pkg 38e241b44b0cea4299682c1d45c8c965 -C-2-1.noarch@r3
#>rule pkg 5077cef8b0ef99569cb3a73bf790beaf -B-1:3-2.noarch@r2
#>rule pkg 5077cef8b0ef99569cb3a73bf790beaf -B-2-2.noarch@r2
#>rule pkg 546b1923324944768ce0ad0b101af773 -B-1:3-2.noarch@r1
#>rule pkg 546b1923324944768ce0ad0b101af773 -B-3-2.noarch@r1
#>rule pkg 54f51687f2a8b721473629bfb5513c14 -B-1:1-1.noarch@r1
#>rule pkg 54f51687f2a8b721473629bfb5513c14 -B-3-2.noarch@r1
#>rule pkg 6001eaca3e47651d0a25f1d94ddff1f6 -C-2-1.noarch@r3
#>rule pkg 6001eaca3e47651d0a25f1d94ddff1f6 -C-2-2.noarch@system
#>rule pkg 62989ea293cbc473beacfd31c86d7d40 -D-1-2.noarch@system
#>rule pkg 62989ea293cbc473beacfd31c86d7d40 -D-1:2-1.noarch@r2
#>rule pkg 69378eae9e8f2e246c871fdbdd6bb5c1 -B-1:3-2.noarch@r1
#>rule pkg 69378eae9e8f2e246c871fdbdd6bb5c1 -B-1:3-2.noarch@r2
#>rule pkg 6dc08b2e6fa2a6914bebb3fe68280c2c -B-1-1.noarch@r2
#>rule pkg 6dc08b2e6fa2a6914bebb3fe68280c2c -B-3.noarch@r1
#>rule pkg 72920a3d863e009cf64e1ac8098c6967 -D-1-1.noarch@r2
#>rule pkg 72920a3d863e009cf64e1ac8098c6967 -D-1-2.noarch@system
#>rule pkg 72f03a59ed1d63dbd21dc07bd30431a2 -C-2-2.noarch@system
#>rule pkg 72f03a59ed1d63dbd21dc07bd30431a2 -C-2.noarch@r3
#>rule pkg 74f07b937158f075e7f43658208e440e -B-1-1.noarch@r2
#>rule pkg 74f07b937158f075e7f43658208e440e -B-3-2.noarch@r1
#>rule pkg 75a28fc4a1c480d7ef47d6f11260b660 -D-1-1.noarch@r2
#>rule pkg 75a28fc4a1c480d7ef47d6f11260b660 -D-2-1.noarch@r2
#>rule pkg 7c5358df81e319305938b2405b5183e6 -B-2-2.noarch@r2
#>rule pkg 7c5358df81e319305938b2405b5183e6 -B-3-2.noarch@r1
#>rule pkg 7dcdc4a00d93eb2c69cec4a9594d1c8a  A-2-2.noarch@r3
#>rule pkg 7dcdc4a00d93eb2c69cec4a9594d1c8a -D-1:2-1.noarch@r2
#>rule pkg 7eecc003d9661ecea4cb102fc573fca3 -B-1:3-2.noarch@r1
#>rule pkg 7eecc003d9661ecea4cb102fc573fca3 -B-3.noarch@r1
#>rule pkg 846e151d1135a8761ac1c877717952d3 -B-1-1.noarch@r2
#>rule pkg 846e151d1135a8761ac1c877717952d3 -B-2-2.noarch@r2
#>rule pkg 85aad47e91fc0ead092dc15c05d500cb -B-2-2.noarch@r2
#>rule pkg 85aad47e91fc0ead092dc15c05d500cb -B-3.noarch@r1
#>rule pkg 8687b064a7724efd5e07fc9e58e6aad3 -D-1-2.noarch@system
#>rule pkg 8687b064a7724efd5e07fc9e58e6aad3 -D-2-1.noarch@r2
#>rule pkg 87752b89fda5e8bfe0f9d4da7df08837 -B-1:1-1.noarch@r1
#>rule pkg 87752b89fda5e8bfe0f9d4da7df08837 -B-3.noarch@r1
#>rule pkg a17f94164e21a538fef2d06456073eb3 -B-1-1.noarch@r2
#>rule pkg a17f94164e21a538fef2d06456073eb3 -B-1:3-2.noarch@r2
#>rule pkg ac4a4cc46f1d170e54fbe81ada7490eb  A-1-1.noarch@r2
#>rule pkg ac4a4cc46f1d170e54fbe81ada7490eb  A-2-2.noarch@r3
#>rule pkg ac4a4cc46f1d170e54fbe81ada7490eb -D-1:2-1.noarch@r2
#>rule pkg af6d57215b533f171bbf2acd8b1aa5e9 -C-1:2-1.noarch@r3
#>rule pkg af6d57215b533f171bbf2acd8b1aa5e9 -C-2.noarch@r3
#>rule pkg b31201d83b004eb5419e5ef470aa42e8  C-1:2-1.noarch@r3
#>rule pkg b31201d83b004eb5419e5ef470aa42e8  C-1:3-1.noarch@r3
#>rule pkg b31201d83b004eb5419e5ef470aa42e8  C-2-1.noarch@r3
#>rule pkg b31201d83b004eb5419e5ef470aa42e8  C-2-2.noarch@system
#>rule pkg b31201d83b004eb5419e5ef470aa42e8  C-2.noarch@r3
#>rule pkg b31201d83b004eb5419e5ef470aa42e8 -D-1-1.noarch@r1
#>rule pkg c4a268d2ec1fca1ab985b575f6add392 -C-1:3-1.noarch@r3
#>rule pkg c4a268d2ec1fca1ab985b575f6add392 -C-2.noarch@r3
#>rule pkg c70d2f1515b2fe5bfc84bc260ccf4163 -B-1-1.noarch@r2
#>rule pkg c70d2f1515b2fe5bfc84bc260ccf4163 -B-1:1-1.noarch@r1
#>rule pkg c9b3ca6f615b406108e1541255cc53a5 -B-1:3-2.noarch@r1
#>rule pkg c9b3ca6f615b406108e1541255cc53a5 -B-2-2.noarch@r2
#>rule pkg ca86ed0775cc7eaad3a0fb37a128425f -D-1-1.noarch@r1
#>rule pkg ca86ed0775cc7eaad3a0fb37a128425f -D-1:2-1.noarch@r2
#>rule pkg cbe0a6b6d9d7731fbf11ebff7cfa170c -D-1-1.noarch@r1
#>rule pkg cbe0a6b6d9d7731fbf11ebff7cfa170c -D-2-1.noarch@r2
#>rule pkg cc5f49911af8e7825d9676c62ee216cf -C-1:3-1.noarch@r3
#>rule pkg cc5f49911af8e7825d9676c62ee216cf -C-2-2.noarch@system
#>rule pkg cc8ea910906a62ae5f47abdec0e22892 -A-1-1.noarch@r2
#>rule pkg cc8ea910906a62ae5f47abdec0e22892 -A-2-2.noarch@r3
#>rule pkg cc9068c366c9a4ea9d96e057c77c8498  A-1-1.noarch@r2
#>rule pkg cc9068c366c9a4ea9d96e057c77c8498 -C-2.noarch@r3
#>rule pkg cd726bf6ff0528c41e7193833a3e65be -C-1:2-1.noarch@r3
#>rule pkg cd726bf6ff0528c41e7193833a3e65be -C-1:3-1.noarch@r3
#>rule pkg cf37295cf66d6b222dd51c4b383fce2e  C-1:3-1.noarch@r3
#>rule pkg cf37295cf66d6b222dd51c4b383fce2e -C-2.noarch@r3
#>rule pkg d1eabaeda2601a9db1a74123e02e04a5 -B-1-1.noarch@r2
#>rule pkg d1eabaeda2601a9db1a74123e02e04a5 -B-1:3-2.noarch@r1
#>rule pkg d7bcac36aeedb9de671b399c16cd32e2 -B-1:3-2.noarch@r2
#>rule pkg d7bcac36aeedb9de671b399c16cd32e2 -B-3.noarch@r1
#>rule pkg e404fe2b33ab4d35b2a7f33ba82cdf07 -B-3-2.noarch@r1
#>rule pkg e404fe2b33ab4d35b2a7f33ba82cdf07 -B-3.noarch@r1
#>rule pkg e73ae732f8af29d40508f1f121f88b1c -C-2-1.noarch@r3
#>rule pkg e73ae732f8af29d40508f1f121f88b1c -C-2.noarch@r3
#>rule pkg e80f6b1047fd8c9852b37128e2df7901 -D-1:2-1.noarch@r2
#>rule pkg e80f6b1047fd8c9852b37128e2df7901 -D-2-1.noarch@r2
#>rule pkg e93573dd3031a8a5c21e5f2b8a0702e7 -C-1:2-1.noarch@r3
#>rule pkg e93573dd3031a8a5c21e5f2b8a0702e7 -C-2-2.noarch@system
#>rule pkg f9bb2f4a16ce9c3f25b36ca7c8f048fb -D-1-1.noarch@r2
#>rule pkg f9bb2f4a16ce9c3f25b36ca7c8f048fb -D-1:2-1.noarch@r2
#>rule update 28bab31b14354ec2f071818e58f2f372  D-1-2.noarch@system
#>rule update 28bab31b14354ec2f071818e58f2f372  D-1:2-1.noarch@r2
#>rule update 28bab31b14354ec2f071818e58f2f372  D-2-1.noarch@r2
#>rule update 863d4554bd76c057aa961590bf0468e7  C-1:2-1.noarch@r3
#>rule update 863d4554bd76c057aa961590bf0468e7  C-1:3-1.noarch@r3
#>rule update 863d4554bd76c057aa961590bf0468e7  C-2-2.noarch@system
#>unneeded_filtered C-2-2.noarch@system
#>unneeded_filtered D-1-2.noarch@system
#>userinstalled pkg B-3-2.noarch@r1
