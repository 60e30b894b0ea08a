repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 2 x86_64
#>=Prv: A = 3-2
#>=Req: V > 3
#>=Prq: V <> 3-1
#>=Req: W
#>=Req: X > 3
#>=Req: X > 3-1
#>=Sup: B
#>=Tim: 100
#>=Pkg: B 1 1 x86_64
#>=Prv: B = 1-1
#>=Prv: X
#>=Req: B
#>=Req: A <IF> ((B <IF> ((A <= 3-1 <IF> (B > 3-1 <ELSE> A)) <ELSE> W)) <ELSE> C)
#>=Sup: A <> 2-2
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Req: W
#>=Sup: A
#>=Rec: W <UNLESS> C
#>=Tim: 200
#>=Pkg: C 1 1 i686
#>=Prv: C = 1-1
#>=Req: B >= 1
#>=Req: A <= 2
#>=Req: V
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 100
#>=Pkg: A 3 1 i586
#>=Prv: A = 3-1
#>=Prv: V
#>=Prv: V
#>=Tim: 200
#>=Pkg: C 3 1 x86_64
#>=Prv: C = 3-1
#>=Prv: W
#>=Prv: W
#>=Prv: V
#>=Prv: W
#>=Prv: V < 3-1
#>=Prq: X < 3-1
#>=Prq: ((A & X) & X) <IF> (C < 2-2 <UNLESS> ((A | X) <ELSE> C))
#>=Req: C <UNLESS> A <> 1-1
#>=Tim: 200
#>=Pkg: B 3 2 x86_64
#>=Prv: B = 3-2
#>=Tim: 200
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 1 x86_64
#>=Prv: A = 1-1
#>=Tim: 100
#>=Pkg: C 1 1 i586
#>=Prv: C = 1-1
#>=Prv: V = 2
#>=Prv: W
#>=Tim: 100
#>=Pkg: C 2 1 x86_64
#>=Prv: C = 2-1
#>=Tim: 100
#>=Pkg: A 2 2 i586
#>=Prv: A = 2-2
#>=Req: V >= 2-1
#>=Rec: V
#>=Tim: 200
#>=Pkg: C 1 1 x86_64
#>=Prv: C = 1-1
#>=Tim: 200
#>=Pkg: C 2 2 x86_64
#>=Prv: C = 2-2
#>=Req: C
#>=Tim: 100
#>=Pkg: B 3 1 x86_64
#>=Prv: B = 3-1
#>=Req: V <= 1
#>=Req: V + (V <= 2-2 <IF> (V | A))
#>=Rec: (V & A) <IF> (B <ELSE> V)
#>=Sup: C
#>=Sup: A
#>=Sug: nosuch & C <> 1
#>=Rec: (C > 1-1 | B) <IF> (C <IF> ((B & A) <ELSE> (V > 2-2 & W)))
#>=Sup: C
#>=Enh: (A <> 1 & C > 1) & ((W | C) <UNLESS> ((A | B) <ELSE> nosuch))
#>=Rec: V & W > 3-1
#>=Sug: ((A & A) <IF> (W <ELSE> A)) <IF> (C <ELSE> C <> 3-1)
#>=Tim: 200
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 x86_64
#>=Prv: C = 1-1
#>=Sug: V
#>=Sup: C
#>=Tim: 100
system unset rpm
job install name C
job install pkg A-1-1.x86_64@r2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>install A-1-1.x86_64@r2
#>install B-1-1.x86_64@r1
#>install C-3-1.x86_64@r1
#>job install name C
#>job install pkg A-1-1.x86_64@r2
#>reason A-1-1.x86_64@r2 unit 142c45f90228bc3ded29c2b6f34a2757
#>reason A-2-2.i586@r2 unit f2ae5df447ace9be71eec70a97ecf59b
#>reason A-3-1.i586@r1 unit dd74352bb7fd40442615f70bc63dd27b
#>reason A-3-2.x86_64@r1 unit bc63532e66f9cbbd160f0c1064c134f3
#>reason B-1-1.noarch@r1 unit edea5b4781efa70c3f6ce01d6a87d879
#>reason B-1-1.x86_64@r1 unit 3d1f3a0457a590bcfdc7dd8062249830
#>reason B-3-1.x86_64@r2 unit b455b95a03b5ff2097436db441f574e2
#>reason B-3-2.x86_64@r1 unit b425bb3d53927a0bc39a4ac43f48c24f
#>reason C-1-1.i586@r2 unit 0f609ec8cd3ec621b6ca0b9bb88d43b2
#>reason C-1-1.i686@r1 unit 17cb8807f98434ec13358c745d731e66
#>reason C-1-1.x86_64@r2 unit 7465aa8b06cec19f6df7d0fc90540096
#>reason C-1-1.x86_64@r3 unit 9b6c847343a86c15f91b1a8f95ed7e53
#>reason C-2-1.noarch@r1 unit ea4d661934f773beb86dbf3b3d152efc
#>reason C-2-1.x86_64@r2 unit c6c0f84149794c5a220901010a73b06d
#>reason C-2-2.x86_64@r2 unit 7622a6e7e60c4fc770691be05a9f521b
#>reason C-3-1.x86_64@r1 job 748d9637abe4bdb436a06b142d29b25a
#>recommended B-1-1.x86_64@r1
#>rule job 142c45f90228bc3ded29c2b6f34a2757  A-1-1.x86_64@r2
#>rule job 748d9637abe4bdb436a06b142d29b25a  C-1-1.i586@r2
#>rule job 748d9637abe4bdb436a06b142d29b25a  C-1-1.i686@r1
#>rule job 748d9637abe4bdb436a06b142d29b25a  C-1-1.x86_64@r2
#>rule job 748d9637abe4bdb436a06b142d29b25a  C-1-1.x86_64@r3
#>rule job 748d9637abe4bdb436a06b142d29b25a  C-2-1.noarch@r1
#>rule job 748d9637abe4bdb436a06b142d29b25a  C-2-1.x86_64@r2
#>rule job 748d9637abe4bdb436a06b142d29b25a  C-2-2.x86_64@r2
#>rule job 748d9637abe4bdb436a06b142d29b25a  C-3-1.x86_64@r1
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  A-1-1.x86_64@r2
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  A-2-2.i586@r2
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  A-3-1.i586@r1
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  C-1-1.i586@r2
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  C-1-1.i686@r1
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  C-1-1.x86_64@r2
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  C-1-1.x86_64@r3
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  C-2-1.noarch@r1
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  C-2-1.x86_64@r2
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  C-2-2.x86_64@r2
#>rule pkg 00cd88469abd5850d78278e2b35eaf00  C-3-1.x86_64@r1
#>rule pkg 00cd88469abd5850d78278e2b35eaf00 -B-1-1.x86_64@r1
#>rule pkg 00cd88469abd5850d78278e2b35eaf00 -B-3-2.x86_64@r1
#>rule pkg 0903564b03c2a07501c8fb04b091326e  B-1-1.x86_64@r1
#>rule pkg 0903564b03c2a07501c8fb04b091326e -A-3-2.x86_64@r1
#>rule pkg 0903564b03c2a07501c8fb04b091326e -C-3-1.x86_64@r1
#>rule pkg 0aaf0b91626712ee33de72efe41c6217 -C-1-1.x86_64@r3
#>rule pkg 0aaf0b91626712ee33de72efe41c6217 -C-2-2.x86_64@r2
#>rule pkg 0b9331a260ce650f164b06138e5a619e  A-1-1.x86_64@r2
#>rule pkg 0b9331a260ce650f164b06138e5a619e  A-2-2.i586@r2
#>rule pkg 0b9331a260ce650f164b06138e5a619e  A-3-1.i586@r1
#>rule pkg 0b9331a260ce650f164b06138e5a619e  A-3-2.x86_64@r1
#>rule pkg 0b9331a260ce650f164b06138e5a619e  B-3-2.x86_64@r1
#>rule pkg 0b9331a260ce650f164b06138e5a619e  C-1-1.i586@r2
#>rule pkg 0b9331a260ce650f164b06138e5a619e  C-1-1.i686@r1
#>rule pkg 0b9331a260ce650f164b06138e5a619e  C-1-1.x86_64@r2
#>rule pkg 0b9331a260ce650f164b06138e5a619e  C-1-1.x86_64@r3
#>rule pkg 0b9331a260ce650f164b06138e5a619e  C-2-1.noarch@r1
#>rule pkg 0b9331a260ce650f164b06138e5a619e  C-2-1.x86_64@r2
#>rule pkg 0b9331a260ce650f164b06138e5a619e  C-2-2.x86_64@r2
#>rule pkg 0b9331a260ce650f164b06138e5a619e  C-3-1.x86_64@r1
#>rule pkg 0b9331a260ce650f164b06138e5a619e -B-1-1.x86_64@r1
#>rule pkg 0c207fe2147345aa8d1bbdcca3d651b6  A-1-1.x86_64@r2
#>rule pkg 0c207fe2147345aa8d1bbdcca3d651b6  A-2-2.i586@r2
#>rule pkg 0c207fe2147345aa8d1bbdcca3d651b6  A-3-1.i586@r1
#>rule pkg 0c207fe2147345aa8d1bbdcca3d651b6  A-3-2.x86_64@r1
#>rule pkg 0c207fe2147345aa8d1bbdcca3d651b6 -B-1-1.x86_64@r1
#>rule pkg 0c207fe2147345aa8d1bbdcca3d651b6 -C-1-1.i586@r2
#>rule pkg 0c207fe2147345aa8d1bbdcca3d651b6 -C-3-1.x86_64@r1
#>rule pkg 0c751a98f15e70b3ffb64a6da0c83691  A-1-1.x86_64@r2
#>rule pkg 0c751a98f15e70b3ffb64a6da0c83691  A-2-2.i586@r2
#>rule pkg 0c751a98f15e70b3ffb64a6da0c83691 -C-1-1.i686@r1
#>rule pkg 0ec74f8807ae4718491d0ec979c5ee29 -A-3-2.x86_64@r1
#>rule pkg 0ec74f8807ae4718491d0ec979c5ee29 -C-3-1.x86_64@r1
#>rule pkg 0f3ae40bdd5d77b7efbe48562de4d53e -C-1-1.i686@r1
#>rule pkg 0f3ae40bdd5d77b7efbe48562de4d53e -C-1-1.x86_64@r2
#>rule pkg 0f609ec8cd3ec621b6ca0b9bb88d43b2 -C-1-1.i586@r2
#>rule pkg 0f609ec8cd3ec621b6ca0b9bb88d43b2 -C-3-1.x86_64@r1
#>rule pkg 17cb8807f98434ec13358c745d731e66 -C-1-1.i686@r1
#>rule pkg 17cb8807f98434ec13358c745d731e66 -C-3-1.x86_64@r1
#>rule pkg 183a3e0a43580f7e03db77dbce567ad2  C-1-1.i586@r2
#>rule pkg 183a3e0a43580f7e03db77dbce567ad2  C-3-1.x86_64@r1
#>rule pkg 183a3e0a43580f7e03db77dbce567ad2 -A-3-2.x86_64@r1
#>rule pkg 189b94e434345651823d506344858899  B-1-1.x86_64@r1
#>rule pkg 189b94e434345651823d506344858899 -A-3-2.x86_64@r1
#>rule pkg 189b94e434345651823d506344858899 -C-1-1.x86_64@r3
#>rule pkg 189b94e434345651823d506344858899 -C-3-1.x86_64@r1
#>rule pkg 1923b5450ea3de9db08d7a392887eaa3  A-1-1.x86_64@r2
#>rule pkg 1923b5450ea3de9db08d7a392887eaa3  A-2-2.i586@r2
#>rule pkg 1923b5450ea3de9db08d7a392887eaa3  A-3-1.i586@r1
#>rule pkg 1923b5450ea3de9db08d7a392887eaa3  A-3-2.x86_64@r1
#>rule pkg 1923b5450ea3de9db08d7a392887eaa3 -B-1-1.x86_64@r1
#>rule pkg 1923b5450ea3de9db08d7a392887eaa3 -B-3-2.x86_64@r1
#>rule pkg 1923b5450ea3de9db08d7a392887eaa3 -C-3-1.x86_64@r1
#>rule pkg 1a44ab135e13be9af5ba2985e1756244 -A-2-2.i586@r2
#>rule pkg 1a44ab135e13be9af5ba2985e1756244 -A-3-2.x86_64@r1
#>rule pkg 1cad910242802dd55c5308cf8ee5b2c2  A-1-1.x86_64@r2
#>rule pkg 1cad910242802dd55c5308cf8ee5b2c2  A-2-2.i586@r2
#>rule pkg 1cad910242802dd55c5308cf8ee5b2c2  A-3-1.i586@r1
#>rule pkg 1cad910242802dd55c5308cf8ee5b2c2  A-3-2.x86_64@r1
#>rule pkg 1cad910242802dd55c5308cf8ee5b2c2  B-1-1.x86_64@r1
#>rule pkg 1cad910242802dd55c5308cf8ee5b2c2 -C-2-1.x86_64@r2
#>rule pkg 1cad910242802dd55c5308cf8ee5b2c2 -C-3-1.x86_64@r1
#>rule pkg 1d435fd04e959cd273453d92f196815c -B-1-1.noarch@r1
#>rule pkg 1d435fd04e959cd273453d92f196815c -B-3-2.x86_64@r1
#>rule pkg 1db7bc43ecc1ed076a62fd179c5b71fb  B-1-1.x86_64@r1
#>rule pkg 1db7bc43ecc1ed076a62fd179c5b71fb -A-1-1.x86_64@r2
#>rule pkg 1db7bc43ecc1ed076a62fd179c5b71fb -C-2-1.x86_64@r2
#>rule pkg 1db7bc43ecc1ed076a62fd179c5b71fb -C-3-1.x86_64@r1
#>rule pkg 288d644f5abfab830a626a2918af4cce  A-1-1.x86_64@r2
#>rule pkg 288d644f5abfab830a626a2918af4cce  A-2-2.i586@r2
#>rule pkg 288d644f5abfab830a626a2918af4cce  A-3-1.i586@r1
#>rule pkg 288d644f5abfab830a626a2918af4cce  A-3-2.x86_64@r1
#>rule pkg 288d644f5abfab830a626a2918af4cce -B-1-1.x86_64@r1
#>rule pkg 288d644f5abfab830a626a2918af4cce -C-1-1.x86_64@r2
#>rule pkg 288d644f5abfab830a626a2918af4cce -C-3-1.x86_64@r1
#>rule pkg 2a3e188a82f6fb040a8229c9038ca881 -C-1-1.x86_64@r3
#>rule pkg 2a3e188a82f6fb040a8229c9038ca881 -C-2-1.x86_64@r2
#>rule pkg 2a427a906c6b7562906749d9f5906303  A-1-1.x86_64@r2
#>rule pkg 2a427a906c6b7562906749d9f5906303  A-2-2.i586@r2
#>rule pkg 2a427a906c6b7562906749d9f5906303  A-3-1.i586@r1
#>rule pkg 2a427a906c6b7562906749d9f5906303  A-3-2.x86_64@r1
#>rule pkg 2a427a906c6b7562906749d9f5906303 -B-1-1.x86_64@r1
#>rule pkg 2a427a906c6b7562906749d9f5906303 -C-3-1.x86_64@r1
#>rule pkg 33c750aa5df13778831be3d1afc1738d -C-1-1.x86_64@r2
#>rule pkg 33c750aa5df13778831be3d1afc1738d -C-2-2.x86_64@r2
#>rule pkg 3d1f3a0457a590bcfdc7dd8062249830  B-1-1.x86_64@r1
#>rule pkg 3d1f3a0457a590bcfdc7dd8062249830 -A-1-1.x86_64@r2
#>rule pkg 3d1f3a0457a590bcfdc7dd8062249830 -C-3-1.x86_64@r1
#>rule pkg 3d55cb142b4075e818246465e07cbfbd  B-1-1.x86_64@r1
#>rule pkg 3d55cb142b4075e818246465e07cbfbd -A-2-2.i586@r2
#>rule pkg 3d55cb142b4075e818246465e07cbfbd -C-3-1.x86_64@r1
#>rule pkg 3ffd33d2d94dfd17ed9ee8f7b68f9693  B-1-1.x86_64@r1
#>rule pkg 3ffd33d2d94dfd17ed9ee8f7b68f9693 -A-1-1.x86_64@r2
#>rule pkg 3ffd33d2d94dfd17ed9ee8f7b68f9693 -C-1-1.i586@r2
#>rule pkg 3ffd33d2d94dfd17ed9ee8f7b68f9693 -C-3-1.x86_64@r1
#>rule pkg 410853e4b5f5022198e4eaaedc9077f6  A-3-1.i586@r1
#>rule pkg 410853e4b5f5022198e4eaaedc9077f6  C-1-1.i586@r2
#>rule pkg 410853e4b5f5022198e4eaaedc9077f6  C-3-1.x86_64@r1
#>rule pkg 410853e4b5f5022198e4eaaedc9077f6 -B-3-1.x86_64@r2
#>rule pkg 442b1b0c5514fb68c6ec1af4676ba11c  A-1-1.x86_64@r2
#>rule pkg 442b1b0c5514fb68c6ec1af4676ba11c  A-2-2.i586@r2
#>rule pkg 442b1b0c5514fb68c6ec1af4676ba11c  A-3-1.i586@r1
#>rule pkg 442b1b0c5514fb68c6ec1af4676ba11c  A-3-2.x86_64@r1
#>rule pkg 442b1b0c5514fb68c6ec1af4676ba11c -B-1-1.x86_64@r1
#>rule pkg 442b1b0c5514fb68c6ec1af4676ba11c -B-3-2.x86_64@r1
#>rule pkg 442b1b0c5514fb68c6ec1af4676ba11c -C-1-1.i586@r2
#>rule pkg 500bef4fc693b8edabbf6d26aadbacfd  B-1-1.x86_64@r1
#>rule pkg 500bef4fc693b8edabbf6d26aadbacfd -A-3-2.x86_64@r1
#>rule pkg 500bef4fc693b8edabbf6d26aadbacfd -C-2-2.x86_64@r2
#>rule pkg 500bef4fc693b8edabbf6d26aadbacfd -C-3-1.x86_64@r1
#>rule pkg 50839a0698eaf251634bc21162f976ce -C-2-1.noarch@r1
#>rule pkg 50839a0698eaf251634bc21162f976ce -C-2-2.x86_64@r2
#>rule pkg 5196dff04e31931d8de6c93e21a291a8 -C-1-1.x86_64@r2
#>rule pkg 5196dff04e31931d8de6c93e21a291a8 -C-2-1.noarch@r1
#>rule pkg 52b5b5b8d19ae35b49e06b833c7f2c19  B-1-1.x86_64@r1
#>rule pkg 52b5b5b8d19ae35b49e06b833c7f2c19 -A-3-1.i586@r1
#>rule pkg 52b5b5b8d19ae35b49e06b833c7f2c19 -C-1-1.i586@r2
#>rule pkg 52b5b5b8d19ae35b49e06b833c7f2c19 -C-3-1.x86_64@r1
#>rule pkg 5c4347e048cbfd41e95d7cbb76b6fed3  B-1-1.x86_64@r1
#>rule pkg 5c4347e048cbfd41e95d7cbb76b6fed3 -A-3-1.i586@r1
#>rule pkg 5c4347e048cbfd41e95d7cbb76b6fed3 -C-1-1.x86_64@r2
#>rule pkg 5c4347e048cbfd41e95d7cbb76b6fed3 -C-3-1.x86_64@r1
#>rule pkg 5dfc73ecf4ae2c9041498445396fd390  A-1-1.x86_64@r2
#>rule pkg 5dfc73ecf4ae2c9041498445396fd390  A-2-2.i586@r2
#>rule pkg 5dfc73ecf4ae2c9041498445396fd390  A-3-1.i586@r1
#>rule pkg 5dfc73ecf4ae2c9041498445396fd390  A-3-2.x86_64@r1
#>rule pkg 5dfc73ecf4ae2c9041498445396fd390 -B-1-1.noarch@r1
#>rule pkg 5dfc73ecf4ae2c9041498445396fd390 -B-1-1.x86_64@r1
#>rule pkg 5dfc73ecf4ae2c9041498445396fd390 -C-3-1.x86_64@r1
#>rule pkg 5e753e5fe78515b945e5760b4796d482 -C-2-1.noarch@r1
#>rule pkg 5e753e5fe78515b945e5760b4796d482 -C-2-1.x86_64@r2
#>rule pkg 5e8c146e3b62cf36cf81d0bdc425cb1e  A-1-1.x86_64@r2
#>rule pkg 5e8c146e3b62cf36cf81d0bdc425cb1e  A-2-2.i586@r2
#>rule pkg 5e8c146e3b62cf36cf81d0bdc425cb1e  A-3-1.i586@r1
#>rule pkg 5e8c146e3b62cf36cf81d0bdc425cb1e  A-3-2.x86_64@r1
#>rule pkg 5e8c146e3b62cf36cf81d0bdc425cb1e -B-1-1.x86_64@r1
#>rule pkg 5e8c146e3b62cf36cf81d0bdc425cb1e -B-3-1.x86_64@r2
#>rule pkg 5e8c146e3b62cf36cf81d0bdc425cb1e -C-1-1.i586@r2
#>rule pkg 6120d0b580f2ab35c304995053154ef5 -A-3-1.i586@r1
#>rule pkg 6120d0b580f2ab35c304995053154ef5 -A-3-2.x86_64@r1
#>rule pkg 61b4c38042424efd4105f2f8e75645e1  A-1-1.x86_64@r2
#>rule pkg 61b4c38042424efd4105f2f8e75645e1  A-2-2.i586@r2
#>rule pkg 61b4c38042424efd4105f2f8e75645e1  A-3-1.i586@r1
#>rule pkg 61b4c38042424efd4105f2f8e75645e1  A-3-2.x86_64@r1
#>rule pkg 61b4c38042424efd4105f2f8e75645e1 -B-1-1.x86_64@r1
#>rule pkg 61b4c38042424efd4105f2f8e75645e1 -B-3-1.x86_64@r2
#>rule pkg 61b4c38042424efd4105f2f8e75645e1 -C-3-1.x86_64@r1
#>rule pkg 6e9253064201b30c0cc143376d5c6c45  A-3-1.i586@r1
#>rule pkg 6e9253064201b30c0cc143376d5c6c45  C-1-1.i586@r2
#>rule pkg 6e9253064201b30c0cc143376d5c6c45  C-3-1.x86_64@r1
#>rule pkg 6e9253064201b30c0cc143376d5c6c45 -C-1-1.i686@r1
#>rule pkg 6fd343494a35f0195819550073b67eb6 -A-3-1.i586@r1
#>rule pkg 6fd343494a35f0195819550073b67eb6 -C-3-1.x86_64@r1
#>rule pkg 71a3c9a2b3bd13ccf1d136dad7804d03  A-3-1.i586@r1
#>rule pkg 71a3c9a2b3bd13ccf1d136dad7804d03  C-3-1.x86_64@r1
#>rule pkg 71a3c9a2b3bd13ccf1d136dad7804d03 -A-3-2.x86_64@r1
#>rule pkg 7465aa8b06cec19f6df7d0fc90540096 -C-1-1.x86_64@r2
#>rule pkg 7465aa8b06cec19f6df7d0fc90540096 -C-3-1.x86_64@r1
#>rule pkg 746c1c8721b7b4c9671c9e4faac8428a  A-1-1.x86_64@r2
#>rule pkg 746c1c8721b7b4c9671c9e4faac8428a  A-2-2.i586@r2
#>rule pkg 746c1c8721b7b4c9671c9e4faac8428a  A-3-1.i586@r1
#>rule pkg 746c1c8721b7b4c9671c9e4faac8428a  A-3-2.x86_64@r1
#>rule pkg 746c1c8721b7b4c9671c9e4faac8428a  B-1-1.x86_64@r1
#>rule pkg 746c1c8721b7b4c9671c9e4faac8428a -C-1-1.x86_64@r2
#>rule pkg 746c1c8721b7b4c9671c9e4faac8428a -C-3-1.x86_64@r1
#>rule pkg 7622a6e7e60c4fc770691be05a9f521b -C-2-2.x86_64@r2
#>rule pkg 7622a6e7e60c4fc770691be05a9f521b -C-3-1.x86_64@r1
#>rule pkg 766b1d2b3b53d5387acd55988fe27433 -A-2-2.i586@r2
#>rule pkg 766b1d2b3b53d5387acd55988fe27433 -C-3-1.x86_64@r1
#>rule pkg 79da6b218a29c17c0e476313a030efa0  A-1-1.x86_64@r2
#>rule pkg 79da6b218a29c17c0e476313a030efa0  A-2-2.i586@r2
#>rule pkg 79da6b218a29c17c0e476313a030efa0  A-3-1.i586@r1
#>rule pkg 79da6b218a29c17c0e476313a030efa0  A-3-2.x86_64@r1
#>rule pkg 79da6b218a29c17c0e476313a030efa0  B-3-2.x86_64@r1
#>rule pkg 79da6b218a29c17c0e476313a030efa0 -B-1-1.x86_64@r1
#>rule pkg 79da6b218a29c17c0e476313a030efa0 -C-3-1.x86_64@r1
#>rule pkg 7c0336aad379ec930071a5015b8d8d31 -C-1-1.i686@r1
#>rule pkg 7c0336aad379ec930071a5015b8d8d31 -C-1-1.x86_64@r3
#>rule pkg 7cbeb45689ceac14214e3233aed07b51  B-1-1.x86_64@r1
#>rule pkg 7cbeb45689ceac14214e3233aed07b51 -A-3-2.x86_64@r1
#>rule pkg 7d79a628aabe844e3644a5215108fafd  B-1-1.x86_64@r1
#>rule pkg 7d79a628aabe844e3644a5215108fafd -A-1-1.x86_64@r2
#>rule pkg 7d79a628aabe844e3644a5215108fafd -C-2-1.noarch@r1
#>rule pkg 7d79a628aabe844e3644a5215108fafd -C-3-1.x86_64@r1
#>rule pkg 7e97bf7e62c850e2389ba1900f0d7010  A-3-1.i586@r1
#>rule pkg 7e97bf7e62c850e2389ba1900f0d7010  C-1-1.i586@r2
#>rule pkg 7e97bf7e62c850e2389ba1900f0d7010  C-3-1.x86_64@r1
#>rule pkg 7e97bf7e62c850e2389ba1900f0d7010 -A-2-2.i586@r2
#>rule pkg 7fac103a7baa9384134f05eea64143ac  A-1-1.x86_64@r2
#>rule pkg 7fac103a7baa9384134f05eea64143ac  A-2-2.i586@r2
#>rule pkg 7fac103a7baa9384134f05eea64143ac  A-3-1.i586@r1
#>rule pkg 7fac103a7baa9384134f05eea64143ac  A-3-2.x86_64@r1
#>rule pkg 7fac103a7baa9384134f05eea64143ac -B-1-1.x86_64@r1
#>rule pkg 7fac103a7baa9384134f05eea64143ac -C-2-1.x86_64@r2
#>rule pkg 7fac103a7baa9384134f05eea64143ac -C-3-1.x86_64@r1
#>rule pkg 822c8d3264f32273974bddfa5c8045f2 -C-1-1.i686@r1
#>rule pkg 822c8d3264f32273974bddfa5c8045f2 -C-2-1.noarch@r1
#>rule pkg 86166489f5abca4637e677fc629a048c -C-1-1.i586@r2
#>rule pkg 86166489f5abca4637e677fc629a048c -C-2-1.x86_64@r2
#>rule pkg 86c51905b9b8bc95174bea917ba96f91  B-1-1.x86_64@r1
#>rule pkg 86c51905b9b8bc95174bea917ba96f91 -A-3-2.x86_64@r1
#>rule pkg 86c51905b9b8bc95174bea917ba96f91 -C-2-1.noarch@r1
#>rule pkg 86c51905b9b8bc95174bea917ba96f91 -C-3-1.x86_64@r1
#>rule pkg 92897d3d917a0d671ea6d11453bb5014  B-1-1.x86_64@r1
#>rule pkg 92897d3d917a0d671ea6d11453bb5014 -A-2-2.i586@r2
#>rule pkg 92897d3d917a0d671ea6d11453bb5014 -C-1-1.i686@r1
#>rule pkg 92897d3d917a0d671ea6d11453bb5014 -C-3-1.x86_64@r1
#>rule pkg 949cc4f47f5431df5dd63b1f7d45fa79  B-1-1.x86_64@r1
#>rule pkg 949cc4f47f5431df5dd63b1f7d45fa79 -A-3-2.x86_64@r1
#>rule pkg 949cc4f47f5431df5dd63b1f7d45fa79 -C-2-1.x86_64@r2
#>rule pkg 949cc4f47f5431df5dd63b1f7d45fa79 -C-3-1.x86_64@r1
#>rule pkg 965b7ecc0604a532d6f1afb11f7c549e  B-1-1.x86_64@r1
#>rule pkg 965b7ecc0604a532d6f1afb11f7c549e -A-2-2.i586@r2
#>rule pkg 965b7ecc0604a532d6f1afb11f7c549e -C-2-2.x86_64@r2
#>rule pkg 965b7ecc0604a532d6f1afb11f7c549e -C-3-1.x86_64@r1
#>rule pkg 98c72271243a282d1356c6776eab0947 -C-1-1.x86_64@r2
#>rule pkg 98c72271243a282d1356c6776eab0947 -C-1-1.x86_64@r3
#>rule pkg 9b50a69c2268326cf1e2316351f3c69f  B-1-1.x86_64@r1
#>rule pkg 9b50a69c2268326cf1e2316351f3c69f -A-1-1.x86_64@r2
#>rule pkg 9b50a69c2268326cf1e2316351f3c69f -C-1-1.x86_64@r3
#>rule pkg 9b50a69c2268326cf1e2316351f3c69f -C-3-1.x86_64@r1
#>rule pkg 9b6c847343a86c15f91b1a8f95ed7e53 -C-1-1.x86_64@r3
#>rule pkg 9b6c847343a86c15f91b1a8f95ed7e53 -C-3-1.x86_64@r1
#>rule pkg 9c52d1db1814dc7312a56ba8e517f932 -C-1-1.i686@r1
#>rule pkg 9c52d1db1814dc7312a56ba8e517f932 -C-2-1.x86_64@r2
#>rule pkg a00de4c36dc4e583877f3c5c72a5bc2c  B-1-1.x86_64@r1
#>rule pkg a00de4c36dc4e583877f3c5c72a5bc2c -C-3-1.x86_64@r1
#>rule pkg a26bfdd3883cd4a2a6063dbba5fca123  A-1-1.x86_64@r2
#>rule pkg a26bfdd3883cd4a2a6063dbba5fca123  A-2-2.i586@r2
#>rule pkg a26bfdd3883cd4a2a6063dbba5fca123  A-3-1.i586@r1
#>rule pkg a26bfdd3883cd4a2a6063dbba5fca123  A-3-2.x86_64@r1
#>rule pkg a26bfdd3883cd4a2a6063dbba5fca123 -B-1-1.x86_64@r1
#>rule pkg a26bfdd3883cd4a2a6063dbba5fca123 -C-2-1.noarch@r1
#>rule pkg a26bfdd3883cd4a2a6063dbba5fca123 -C-3-1.x86_64@r1
#>rule pkg a8f0b7a66a1a0d954032a3c5814f89ef  B-1-1.x86_64@r1
#>rule pkg a8f0b7a66a1a0d954032a3c5814f89ef -A-3-1.i586@r1
#>rule pkg a8f0b7a66a1a0d954032a3c5814f89ef -C-2-1.x86_64@r2
#>rule pkg a8f0b7a66a1a0d954032a3c5814f89ef -C-3-1.x86_64@r1
#>rule pkg a9701e0281cfbaf11250981e0f14ae2c  B-1-1.x86_64@r1
#>rule pkg a9701e0281cfbaf11250981e0f14ae2c -A-2-2.i586@r2
#>rule pkg a9701e0281cfbaf11250981e0f14ae2c -C-1-1.x86_64@r2
#>rule pkg a9701e0281cfbaf11250981e0f14ae2c -C-3-1.x86_64@r1
#>rule pkg aa69cb12b17bb24cc6b733d73795eb92  A-1-1.x86_64@r2
#>rule pkg aa69cb12b17bb24cc6b733d73795eb92  A-2-2.i586@r2
#>rule pkg aa69cb12b17bb24cc6b733d73795eb92  A-3-1.i586@r1
#>rule pkg aa69cb12b17bb24cc6b733d73795eb92  A-3-2.x86_64@r1
#>rule pkg aa69cb12b17bb24cc6b733d73795eb92  B-1-1.x86_64@r1
#>rule pkg aa69cb12b17bb24cc6b733d73795eb92 -C-2-1.noarch@r1
#>rule pkg aa69cb12b17bb24cc6b733d73795eb92 -C-3-1.x86_64@r1
#>rule pkg aa998cbf2ee60ed72f1f797a80615eeb -C-1-1.i586@r2
#>rule pkg aa998cbf2ee60ed72f1f797a80615eeb -C-2-1.noarch@r1
#>rule pkg aab4a534bcfc7eb8755edcd6c04311aa  A-1-1.x86_64@r2
#>rule pkg aab4a534bcfc7eb8755edcd6c04311aa  A-2-2.i586@r2
#>rule pkg aab4a534bcfc7eb8755edcd6c04311aa  A-3-1.i586@r1
#>rule pkg aab4a534bcfc7eb8755edcd6c04311aa  A-3-2.x86_64@r1
#>rule pkg aab4a534bcfc7eb8755edcd6c04311aa  B-1-1.x86_64@r1
#>rule pkg aab4a534bcfc7eb8755edcd6c04311aa -C-1-1.i686@r1
#>rule pkg aab4a534bcfc7eb8755edcd6c04311aa -C-3-1.x86_64@r1
#>rule pkg ad4c22622ecac59570b1c2dfc82f0cad -C-1-1.i586@r2
#>rule pkg ad4c22622ecac59570b1c2dfc82f0cad -C-1-1.x86_64@r2
#>rule pkg ad540309e454578e74153d3f03e58177  C-1-1.i586@r2
#>rule pkg ad540309e454578e74153d3f03e58177  C-3-1.x86_64@r1
#>rule pkg ad540309e454578e74153d3f03e58177 -B-1-1.noarch@r1
#>rule pkg ae29ebbe594d774e9aaa22f5cc2a6575  A-1-1.x86_64@r2
#>rule pkg ae29ebbe594d774e9aaa22f5cc2a6575  A-2-2.i586@r2
#>rule pkg ae29ebbe594d774e9aaa22f5cc2a6575  A-3-1.i586@r1
#>rule pkg ae29ebbe594d774e9aaa22f5cc2a6575  A-3-2.x86_64@r1
#>rule pkg ae29ebbe594d774e9aaa22f5cc2a6575  B-1-1.x86_64@r1
#>rule pkg ae29ebbe594d774e9aaa22f5cc2a6575 -C-1-1.x86_64@r3
#>rule pkg ae29ebbe594d774e9aaa22f5cc2a6575 -C-3-1.x86_64@r1
#>rule pkg b071efcb355e42764c8c77894ecb654e  B-1-1.x86_64@r1
#>rule pkg b071efcb355e42764c8c77894ecb654e -A-2-2.i586@r2
#>rule pkg b071efcb355e42764c8c77894ecb654e -C-1-1.x86_64@r3
#>rule pkg b071efcb355e42764c8c77894ecb654e -C-3-1.x86_64@r1
#>rule pkg b1be0e994bf94cc13b352ee57b258456  A-1-1.x86_64@r2
#>rule pkg b1be0e994bf94cc13b352ee57b258456  A-2-2.i586@r2
#>rule pkg b1be0e994bf94cc13b352ee57b258456  A-3-1.i586@r1
#>rule pkg b1be0e994bf94cc13b352ee57b258456  A-3-2.x86_64@r1
#>rule pkg b1be0e994bf94cc13b352ee57b258456  B-1-1.x86_64@r1
#>rule pkg b1be0e994bf94cc13b352ee57b258456 -C-1-1.i586@r2
#>rule pkg b1be0e994bf94cc13b352ee57b258456 -C-3-1.x86_64@r1
#>rule pkg b425bb3d53927a0bc39a4ac43f48c24f -B-1-1.x86_64@r1
#>rule pkg b425bb3d53927a0bc39a4ac43f48c24f -B-3-2.x86_64@r1
#>rule pkg b455b95a03b5ff2097436db441f574e2 -B-1-1.x86_64@r1
#>rule pkg b455b95a03b5ff2097436db441f574e2 -B-3-1.x86_64@r2
#>rule pkg b4805d1be44e9021e28a2356e20ef259  A-3-1.i586@r1
#>rule pkg b4805d1be44e9021e28a2356e20ef259  C-3-1.x86_64@r1
#>rule pkg b4805d1be44e9021e28a2356e20ef259 -B-3-1.x86_64@r2
#>rule pkg b4ed71fcb49ba205d85eecacb661ee85  B-1-1.x86_64@r1
#>rule pkg b4ed71fcb49ba205d85eecacb661ee85 -A-2-2.i586@r2
#>rule pkg b4ed71fcb49ba205d85eecacb661ee85 -C-1-1.i586@r2
#>rule pkg b4ed71fcb49ba205d85eecacb661ee85 -C-3-1.x86_64@r1
#>rule pkg b6d0e1c5589641a1d8d6378571f99710  B-1-1.x86_64@r1
#>rule pkg b6d0e1c5589641a1d8d6378571f99710 -A-2-2.i586@r2
#>rule pkg b6d0e1c5589641a1d8d6378571f99710 -C-2-1.noarch@r1
#>rule pkg b6d0e1c5589641a1d8d6378571f99710 -C-3-1.x86_64@r1
#>rule pkg b781f9728186b9d12ecca63ce7de575d  B-1-1.x86_64@r1
#>rule pkg b781f9728186b9d12ecca63ce7de575d -A-3-2.x86_64@r1
#>rule pkg b781f9728186b9d12ecca63ce7de575d -C-1-1.x86_64@r2
#>rule pkg b781f9728186b9d12ecca63ce7de575d -C-3-1.x86_64@r1
#>rule pkg b8e8fa6753820880050fef1710696655  B-1-1.x86_64@r1
#>rule pkg b8e8fa6753820880050fef1710696655 -A-3-1.i586@r1
#>rule pkg b8e8fa6753820880050fef1710696655 -C-3-1.x86_64@r1
#>rule pkg bbf47c8a9826e8ae75111942539d669a  B-1-1.x86_64@r1
#>rule pkg bbf47c8a9826e8ae75111942539d669a -A-3-2.x86_64@r1
#>rule pkg bbf47c8a9826e8ae75111942539d669a -C-1-1.i686@r1
#>rule pkg bbf47c8a9826e8ae75111942539d669a -C-3-1.x86_64@r1
#>rule pkg bc63532e66f9cbbd160f0c1064c134f3 -A-1-1.x86_64@r2
#>rule pkg bc63532e66f9cbbd160f0c1064c134f3 -A-3-2.x86_64@r1
#>rule pkg bfd3166dcadd90df90d0db35ede27040 -C-1-1.x86_64@r2
#>rule pkg bfd3166dcadd90df90d0db35ede27040 -C-2-1.x86_64@r2
#>rule pkg bff97235ef0f0b99142138cbf4714419  A-1-1.x86_64@r2
#>rule pkg bff97235ef0f0b99142138cbf4714419  A-2-2.i586@r2
#>rule pkg bff97235ef0f0b99142138cbf4714419  A-3-1.i586@r1
#>rule pkg bff97235ef0f0b99142138cbf4714419  A-3-2.x86_64@r1
#>rule pkg bff97235ef0f0b99142138cbf4714419 -B-1-1.x86_64@r1
#>rule pkg bff97235ef0f0b99142138cbf4714419 -C-1-1.x86_64@r3
#>rule pkg bff97235ef0f0b99142138cbf4714419 -C-3-1.x86_64@r1
#>rule pkg c07be21373f4f0d19e37ff2e5f6ef682 -C-1-1.i586@r2
#>rule pkg c07be21373f4f0d19e37ff2e5f6ef682 -C-1-1.i686@r1
#>rule pkg c6c0f84149794c5a220901010a73b06d -C-2-1.x86_64@r2
#>rule pkg c6c0f84149794c5a220901010a73b06d -C-3-1.x86_64@r1
#>rule pkg c6ccdb177fba952011678ee5060dcef2  B-1-1.x86_64@r1
#>rule pkg c6ccdb177fba952011678ee5060dcef2 -A-1-1.x86_64@r2
#>rule pkg c6ccdb177fba952011678ee5060dcef2 -C-2-2.x86_64@r2
#>rule pkg c6ccdb177fba952011678ee5060dcef2 -C-3-1.x86_64@r1
#>rule pkg c909f3ef60101425e580b4ede36e9c82  B-1-1.x86_64@r1
#>rule pkg c909f3ef60101425e580b4ede36e9c82 -A-3-1.i586@r1
#>rule pkg c909f3ef60101425e580b4ede36e9c82 -C-1-1.x86_64@r3
#>rule pkg c909f3ef60101425e580b4ede36e9c82 -C-3-1.x86_64@r1
#>rule pkg cd27aa9abf488be6c050a4749b6a12ba -C-2-1.x86_64@r2
#>rule pkg cd27aa9abf488be6c050a4749b6a12ba -C-2-2.x86_64@r2
#>rule pkg ce3fe4be515f5ee3a202c8f47395f837  A-1-1.x86_64@r2
#>rule pkg ce3fe4be515f5ee3a202c8f47395f837  A-2-2.i586@r2
#>rule pkg ce3fe4be515f5ee3a202c8f47395f837  A-3-1.i586@r1
#>rule pkg ce3fe4be515f5ee3a202c8f47395f837  A-3-2.x86_64@r1
#>rule pkg ce3fe4be515f5ee3a202c8f47395f837  B-3-2.x86_64@r1
#>rule pkg ce3fe4be515f5ee3a202c8f47395f837 -B-1-1.x86_64@r1
#>rule pkg ce3fe4be515f5ee3a202c8f47395f837 -C-1-1.i586@r2
#>rule pkg ce7fe1df03620232b7880217603ade00 -C-1-1.i586@r2
#>rule pkg ce7fe1df03620232b7880217603ade00 -C-2-2.x86_64@r2
#>rule pkg cf26cb000236b537a6e4720d792a5f84  B-1-1.noarch@r1
#>rule pkg cf26cb000236b537a6e4720d792a5f84  B-1-1.x86_64@r1
#>rule pkg cf26cb000236b537a6e4720d792a5f84  B-3-1.x86_64@r2
#>rule pkg cf26cb000236b537a6e4720d792a5f84  B-3-2.x86_64@r1
#>rule pkg cf26cb000236b537a6e4720d792a5f84 -C-1-1.i686@r1
#>rule pkg d306358c45e98ebf1a0aa706ba4aaed2 -B-1-1.noarch@r1
#>rule pkg d306358c45e98ebf1a0aa706ba4aaed2 -B-3-1.x86_64@r2
#>rule pkg d316208c421ed8623c163d8df6af8985  B-1-1.x86_64@r1
#>rule pkg d316208c421ed8623c163d8df6af8985 -A-2-2.i586@r2
#>rule pkg d316208c421ed8623c163d8df6af8985 -C-2-1.x86_64@r2
#>rule pkg d316208c421ed8623c163d8df6af8985 -C-3-1.x86_64@r1
#>rule pkg d321a6b43969db84cbea16907685816a  A-1-1.x86_64@r2
#>rule pkg d321a6b43969db84cbea16907685816a  A-2-2.i586@r2
#>rule pkg d321a6b43969db84cbea16907685816a  A-3-1.i586@r1
#>rule pkg d321a6b43969db84cbea16907685816a  A-3-2.x86_64@r1
#>rule pkg d321a6b43969db84cbea16907685816a -B-1-1.noarch@r1
#>rule pkg d321a6b43969db84cbea16907685816a -B-1-1.x86_64@r1
#>rule pkg d321a6b43969db84cbea16907685816a -C-1-1.i586@r2
#>rule pkg d75cdcd396b2c32666fece1a2f591cc0 -A-2-2.i586@r2
#>rule pkg d75cdcd396b2c32666fece1a2f591cc0 -A-3-1.i586@r1
#>rule pkg d980ebff71969f691b95c592e44cca84  B-1-1.x86_64@r1
#>rule pkg d980ebff71969f691b95c592e44cca84 -A-3-1.i586@r1
#>rule pkg d980ebff71969f691b95c592e44cca84 -C-2-1.noarch@r1
#>rule pkg d980ebff71969f691b95c592e44cca84 -C-3-1.x86_64@r1
#>rule pkg db1d3dafda7bb25a0569ad0939ede910 -C-1-1.x86_64@r3
#>rule pkg db1d3dafda7bb25a0569ad0939ede910 -C-2-1.noarch@r1
#>rule pkg dd74352bb7fd40442615f70bc63dd27b -A-1-1.x86_64@r2
#>rule pkg dd74352bb7fd40442615f70bc63dd27b -A-3-1.i586@r1
#>rule pkg ddc30f9f5e92825d109104aa9351b0ee  B-1-1.x86_64@r1
#>rule pkg ddc30f9f5e92825d109104aa9351b0ee -A-3-1.i586@r1
#>rule pkg ddc30f9f5e92825d109104aa9351b0ee -C-2-2.x86_64@r2
#>rule pkg ddc30f9f5e92825d109104aa9351b0ee -C-3-1.x86_64@r1
#>rule pkg deae4e493dd1538c4458afb0e8780151  A-1-1.x86_64@r2
#>rule pkg deae4e493dd1538c4458afb0e8780151  A-2-2.i586@r2
#>rule pkg deae4e493dd1538c4458afb0e8780151  A-3-1.i586@r1
#>rule pkg deae4e493dd1538c4458afb0e8780151  A-3-2.x86_64@r1
#>rule pkg deae4e493dd1538c4458afb0e8780151 -B-1-1.x86_64@r1
#>rule pkg deae4e493dd1538c4458afb0e8780151 -C-2-2.x86_64@r2
#>rule pkg deae4e493dd1538c4458afb0e8780151 -C-3-1.x86_64@r1
#>rule pkg e733a23b4bdd7bafd369671a24fdd2b9 -B-3-1.x86_64@r2
#>rule pkg e733a23b4bdd7bafd369671a24fdd2b9 -B-3-2.x86_64@r1
#>rule pkg ea4d661934f773beb86dbf3b3d152efc -C-2-1.noarch@r1
#>rule pkg ea4d661934f773beb86dbf3b3d152efc -C-3-1.x86_64@r1
#>rule pkg edea5b4781efa70c3f6ce01d6a87d879 -B-1-1.noarch@r1
#>rule pkg edea5b4781efa70c3f6ce01d6a87d879 -B-1-1.x86_64@r1
#>rule pkg ef808c32d96551d81f685d37d5ea5e4b -C-1-1.i586@r2
#>rule pkg ef808c32d96551d81f685d37d5ea5e4b -C-1-1.x86_64@r3
#>rule pkg f167b92259b550a509b983d9b80d39d5  B-1-1.x86_64@r1
#>rule pkg f167b92259b550a509b983d9b80d39d5 -A-1-1.x86_64@r2
#>rule pkg f167b92259b550a509b983d9b80d39d5 -C-1-1.x86_64@r2
#>rule pkg f167b92259b550a509b983d9b80d39d5 -C-3-1.x86_64@r1
#>rule pkg f17c3fcf56f5a20b76728c9ce3a6cab2  A-1-1.x86_64@r2
#>rule pkg f17c3fcf56f5a20b76728c9ce3a6cab2  A-2-2.i586@r2
#>rule pkg f17c3fcf56f5a20b76728c9ce3a6cab2  A-3-1.i586@r1
#>rule pkg f17c3fcf56f5a20b76728c9ce3a6cab2  A-3-2.x86_64@r1
#>rule pkg f17c3fcf56f5a20b76728c9ce3a6cab2 -B-1-1.x86_64@r1
#>rule pkg f17c3fcf56f5a20b76728c9ce3a6cab2 -C-1-1.i686@r1
#>rule pkg f17c3fcf56f5a20b76728c9ce3a6cab2 -C-3-1.x86_64@r1
#>rule pkg f2ae5df447ace9be71eec70a97ecf59b -A-1-1.x86_64@r2
#>rule pkg f2ae5df447ace9be71eec70a97ecf59b -A-2-2.i586@r2
#>rule pkg f4d259f70b6b94216c8cb85e165de13e -C-1-1.i686@r1
#>rule pkg f4d259f70b6b94216c8cb85e165de13e -C-2-2.x86_64@r2
#>rule pkg f609c9d6f9ad75f04e77620a715c1644  B-1-1.x86_64@r1
#>rule pkg f609c9d6f9ad75f04e77620a715c1644 -A-1-1.x86_64@r2
#>rule pkg f609c9d6f9ad75f04e77620a715c1644 -C-1-1.i686@r1
#>rule pkg f609c9d6f9ad75f04e77620a715c1644 -C-3-1.x86_64@r1
#>rule pkg f6848750ca16425ce71730bf8a520911  B-1-1.x86_64@r1
#>rule pkg f6848750ca16425ce71730bf8a520911 -A-3-1.i586@r1
#>rule pkg f6848750ca16425ce71730bf8a520911 -C-1-1.i686@r1
#>rule pkg f6848750ca16425ce71730bf8a520911 -C-3-1.x86_64@r1
#>rule pkg f94fedc19d5efb16838c4d2c4b8f2a4e  A-1-1.x86_64@r2
#>rule pkg f94fedc19d5efb16838c4d2c4b8f2a4e  A-2-2.i586@r2
#>rule pkg f94fedc19d5efb16838c4d2c4b8f2a4e  A-3-1.i586@r1
#>rule pkg f94fedc19d5efb16838c4d2c4b8f2a4e  A-3-2.x86_64@r1
#>rule pkg f94fedc19d5efb16838c4d2c4b8f2a4e -B-1-1.x86_64@r1
#>rule pkg f94fedc19d5efb16838c4d2c4b8f2a4e -C-1-1.i586@r2
#>rule pkg fbe147651e7b3e07048087ff8c6f1d59  A-3-1.i586@r1
#>rule pkg fbe147651e7b3e07048087ff8c6f1d59  C-1-1.i586@r2
#>rule pkg fbe147651e7b3e07048087ff8c6f1d59  C-3-1.x86_64@r1
#>rule pkg fbe147651e7b3e07048087ff8c6f1d59 -A-3-2.x86_64@r1
#>rule pkg fd5a43c3d0fc385476c934c8e4c067d0  B-1-1.x86_64@r1
#>rule pkg fd5a43c3d0fc385476c934c8e4c067d0 -A-3-2.x86_64@r1
#>rule pkg fd5a43c3d0fc385476c934c8e4c067d0 -C-1-1.i586@r2
#>rule pkg fd5a43c3d0fc385476c934c8e4c067d0 -C-3-1.x86_64@r1
#>userinstalled pkg A-1-1.x86_64@r2
#>userinstalled pkg C-3-1.x86_64@r1
