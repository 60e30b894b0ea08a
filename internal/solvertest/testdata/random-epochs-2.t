repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 - noarch
#>=Prv: A = 1
#>=Tim: 100
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prq: D
#>=Req: C
#>=Prq: X <> 2-1
#>=Prq: A
#>=Req: C
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Tim: 100
#>=Pkg: D 1:3 2 noarch
#>=Prv: D = 1:3-2
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Req: B
#>=Prq: B
#>=Req: nosuch
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Req: V
#>=Tim: 200
#>=Pkg: D 2 - noarch
#>=Prv: D = 2
#>=Tim: 100
#>=Pkg: D 3 2 noarch
#>=Prv: D = 3-2
#>=Prq: A < 3-1
#>=Req: D
#>=Tim: 100
#>=Pkg: A 3 - noarch
#>=Prv: A = 3
#>=Tim: 200
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prq: D <> 1
#>=Tim: 100
#>=Pkg: A 3 2 noarch
#>=Prv: A = 3-2
#>=Prv: V
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prv: W < 3-1
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Req: X
#>=Tim: 200
system x86_64 rpm system
job install pkg D-2-1.noarch@r3
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>autoinst name C
#>change D-2-1.noarch@system D-2-1.noarch@r3
#>job install pkg D-2-1.noarch@r3
#>job update all packages
#>orphaned C-2-2.noarch@system
#>reason A-1-2.noarch@r1 unit 6240301ff60e6db1e6e8a3f158e1df3c
#>reason A-1.noarch@system unit ba7779b235902e5129cfc3dc708052d1
#>reason A-3-1.noarch@r2 unit d47ec50a99c7b69d0fcc17189d82b8c5
#>reason A-3-2.noarch@r3 unit be55c4eb9b514062983d5d5786219cf0
#>reason A-3.noarch@r3 unit cf7d2079527dd46d5f66a1762a918350
#>reason B-1-1.noarch@r2 unit 67c18cfe4e3ef0c44d17350351d0b81a
#>reason B-2-1.noarch@system unit 6dc1a44aa03e9996176ef23e2287ffdc
#>reason B-3-1.noarch@r3 update 4cd66462c99d76f065852b19a7fc3fc7
#>reason C-2-2.noarch@system unit 6390fa61a42425301951908fe02c9a9e
#>reason D-1-1.noarch@r3 unit 55c4223d9e65dcf0ba674ec7a8255385
#>reason D-1:3-2.noarch@r1 unit 500d20c15aa9b1b097b24149e064e7eb
#>reason D-2-1.noarch@r3 unit 3f80c1fac35a0369619bccd73fe2929c
#>reason D-2-1.noarch@system unit ae1b62513cc65697277f33077b6911c6
#>reason D-2.noarch@r3 unit 53c6a0faf953aacbdfc49aed84ed868f
#>reason D-3-1.noarch@r2 unit d8c419962773c44a71ab8f5f6ed2ffe8
#>reason D-3-1.noarch@r3 unit 9f27f2d9f7e4e02936013db66afda118
#>reason D-3-2.noarch@r3 unit 5b91946793338607ed906939e7f0d439
#>rule feature 1681c93e4cd2e48a43ea07c6414c81ad  D-1-1.noarch@r3
#>rule feature 1681c93e4cd2e48a43ea07c6414c81ad  D-1:3-2.noarch@r1
#>rule feature 1681c93e4cd2e48a43ea07c6414c81ad  D-2-1.noarch@r3
#>rule feature 1681c93e4cd2e48a43ea07c6414c81ad  D-2-1.noarch@system
#>rule feature 1681c93e4cd2e48a43ea07c6414c81ad  D-2.noarch@r3
#>rule feature 1681c93e4cd2e48a43ea07c6414c81ad  D-3-1.noarch@r2
#>rule feature 1681c93e4cd2e48a43ea07c6414c81ad  D-3-1.noarch@r3
#>rule feature 1681c93e4cd2e48a43ea07c6414c81ad  D-3-2.noarch@r3
#>rule feature b803e7dece740b6f074cd3c543e3d43b  B-1-1.noarch@r2
#>rule feature b803e7dece740b6f074cd3c543e3d43b  B-2-1.noarch@system
#>rule feature b803e7dece740b6f074cd3c543e3d43b  B-3-1.noarch@r3
#>rule job 3f80c1fac35a0369619bccd73fe2929c  D-2-1.noarch@r3
#>rule pkg 00229669773129d07539a007ae831c02 -D-3-1.noarch@r2
#>rule pkg 00229669773129d07539a007ae831c02 -D-3-2.noarch@r3
#>rule pkg 0adf14fd70927c5205729a7489e1859d -D-1-1.noarch@r3
#>rule pkg 0adf14fd70927c5205729a7489e1859d -D-3-1.noarch@r3
#>rule pkg 14e711e4ae403198b9147d2044f704c6 -D-1:3-2.noarch@r1
#>rule pkg 14e711e4ae403198b9147d2044f704c6 -D-2-1.noarch@system
#>rule pkg 20bdbe425325e41acf54c25aa8823523 -D-2.noarch@r3
#>rule pkg 20bdbe425325e41acf54c25aa8823523 -D-3-1.noarch@r2
#>rule pkg 33b800addb6e6f3776eff7d931e98e91 -D-1:3-2.noarch@r1
#>rule pkg 33b800addb6e6f3776eff7d931e98e91 -D-2.noarch@r3
#>rule pkg 38c999af448a79e8ecae1004095de386 -D-2-1.noarch@system
#>rule pkg 38c999af448a79e8ecae1004095de386 -D-3-1.noarch@r2
#>rule pkg 3a202d4aeb735716d6b57fc6fbc317db  A-1-2.noarch@r1
#>rule pkg 3a202d4aeb735716d6b57fc6fbc317db  A-1.noarch@system
#>rule pkg 3a202d4aeb735716d6b57fc6fbc317db  A-3-1.noarch@r2
#>rule pkg 3a202d4aeb735716d6b57fc6fbc317db  A-3-2.noarch@r3
#>rule pkg 3a202d4aeb735716d6b57fc6fbc317db  A-3.noarch@r3
#>rule pkg 3a202d4aeb735716d6b57fc6fbc317db -D-2-1.noarch@system
#>rule pkg 3f77d0dc6baa026368ab071405b11846 -D-1-1.noarch@r3
#>rule pkg 3f77d0dc6baa026368ab071405b11846 -D-3-2.noarch@r3
#>rule pkg 500d20c15aa9b1b097b24149e064e7eb -D-1:3-2.noarch@r1
#>rule pkg 500d20c15aa9b1b097b24149e064e7eb -D-2-1.noarch@r3
#>rule pkg 530b25949b00eb18848f1dde9345e610 -D-3-1.noarch@r2
#>rule pkg 530b25949b00eb18848f1dde9345e610 -D-3-1.noarch@r3
#>rule pkg 53c6a0faf953aacbdfc49aed84ed868f -D-2-1.noarch@r3
#>rule pkg 53c6a0faf953aacbdfc49aed84ed868f -D-2.noarch@r3
#>rule pkg 55c4223d9e65dcf0ba674ec7a8255385 -D-1-1.noarch@r3
#>rule pkg 55c4223d9e65dcf0ba674ec7a8255385 -D-2-1.noarch@r3
#>rule pkg 5b91946793338607ed906939e7f0d439 -D-2-1.noarch@r3
#>rule pkg 5b91946793338607ed906939e7f0d439 -D-3-2.noarch@r3
#>rule pkg 5c9499b317b03ce0a9b1ac3580d27834 -D-1:3-2.noarch@r1
#>rule pkg 5c9499b317b03ce0a9b1ac3580d27834 -D-3-1.noarch@r2
#>rule pkg 6240301ff60e6db1e6e8a3f158e1df3c -A-1-2.noarch@r1
#>rule pkg 6240301ff60e6db1e6e8a3f158e1df3c -A-3-2.noarch@r3
#>rule pkg 66c1ebd2cc09ad80fa6f023f498712a7 -D-3-1.noarch@r3
#>rule pkg 66c1ebd2cc09ad80fa6f023f498712a7 -D-3-2.noarch@r3
#>rule pkg 67c18cfe4e3ef0c44d17350351d0b81a -B-1-1.noarch@r2
#>rule pkg 67c18cfe4e3ef0c44d17350351d0b81a -B-3-1.noarch@r3
#>rule pkg 6dc1a44aa03e9996176ef23e2287ffdc -B-2-1.noarch@system
#>rule pkg 6dc1a44aa03e9996176ef23e2287ffdc -B-3-1.noarch@r3
#>rule pkg 7a13c7ebe8c208ef685f83214ca4b3e4 -A-3-1.noarch@r2
#>rule pkg 7a13c7ebe8c208ef685f83214ca4b3e4 -A-3.noarch@r3
#>rule pkg 8035c05b4b6f91900ab9e0f1640afc58 -D-1-1.noarch@r3
#>rule pkg 8035c05b4b6f91900ab9e0f1640afc58 -D-2.noarch@r3
#>rule pkg 8338c7e1c43b0fbc268818a24d445cf0 -D-2-1.noarch@system
#>rule pkg 8338c7e1c43b0fbc268818a24d445cf0 -D-3-2.noarch@r3
#>rule pkg 833c3e5b0c6ed03a1037c2d4c688115b  C-2-2.noarch@system
#>rule pkg 833c3e5b0c6ed03a1037c2d4c688115b -D-2-1.noarch@system
#>rule pkg 84be0888c7469aac42e484763e100386  A-1-2.noarch@r1
#>rule pkg 84be0888c7469aac42e484763e100386  A-1.noarch@system
#>rule pkg 84be0888c7469aac42e484763e100386  A-3.noarch@r3
#>rule pkg 84be0888c7469aac42e484763e100386 -D-3-2.noarch@r3
#>rule pkg 8f5eb2e3e64178b9ec048f492d821815 -D-2-1.noarch@system
#>rule pkg 8f5eb2e3e64178b9ec048f492d821815 -D-2.noarch@r3
#>rule pkg 9a36f69acc430ac472919ae7e834a0ec -A-1.noarch@system
#>rule pkg 9a36f69acc430ac472919ae7e834a0ec -A-3-1.noarch@r2
#>rule pkg 9f27f2d9f7e4e02936013db66afda118 -D-3-1.noarch@r3
#>rule pkg a2611281637f409e7f66726f49e15d31  B-1-1.noarch@r2
#>rule pkg a2611281637f409e7f66726f49e15d31  B-2-1.noarch@system
#>rule pkg a2611281637f409e7f66726f49e15d31  B-3-1.noarch@r3
#>rule pkg a2611281637f409e7f66726f49e15d31 -A-3-1.noarch@r2
#>rule pkg ad22c70fbf70f9058dfa537ebd3b6d74 -D-2-1.noarch@system
#>rule pkg ad22c70fbf70f9058dfa537ebd3b6d74 -D-3-1.noarch@r3
#>rule pkg ae1b62513cc65697277f33077b6911c6 -D-2-1.noarch@r3
#>rule pkg ae1b62513cc65697277f33077b6911c6 -D-2-1.noarch@system
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-1-1.noarch@r2
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-2-1.noarch@system
#>rule pkg b2e83ce724c138536b8d06e571cc18d1 -D-2-1.noarch@r3
#>rule pkg b2e83ce724c138536b8d06e571cc18d1 -D-3-1.noarch@r3
#>rule pkg b3796405460f7d4ade8104ab73280f9a -D-2.noarch@r3
#>rule pkg b3796405460f7d4ade8104ab73280f9a -D-3-1.noarch@r3
#>rule pkg b3ab1d6259a64ac5aef6b3b883f4f4bd -D-1:3-2.noarch@r1
#>rule pkg b3ab1d6259a64ac5aef6b3b883f4f4bd -D-3-1.noarch@r3
#>rule pkg ba7779b235902e5129cfc3dc708052d1 -A-1.noarch@system
#>rule pkg ba7779b235902e5129cfc3dc708052d1 -A-3-2.noarch@r3
#>rule pkg bc773611f2ef915fe237579f1c4c6f43 -A-1-2.noarch@r1
#>rule pkg bc773611f2ef915fe237579f1c4c6f43 -A-3.noarch@r3
#>rule pkg be55c4eb9b514062983d5d5786219cf0  A-3-2.noarch@r3
#>rule pkg be55c4eb9b514062983d5d5786219cf0 -D-2-1.noarch@r3
#>rule pkg cf7d2079527dd46d5f66a1762a918350 -A-3-2.noarch@r3
#>rule pkg cf7d2079527dd46d5f66a1762a918350 -A-3.noarch@r3
#>rule pkg d3da4118061829eb219684e3e7a9546c -D-1:3-2.noarch@r1
#>rule pkg d3da4118061829eb219684e3e7a9546c -D-3-2.noarch@r3
#>rule pkg d4497903ebff36d38cab87b7518e981a -D-1-1.noarch@r3
#>rule pkg d4497903ebff36d38cab87b7518e981a -D-2-1.noarch@system
#>rule pkg d47ec50a99c7b69d0fcc17189d82b8c5 -A-3-1.noarch@r2
#>rule pkg d8c419962773c44a71ab8f5f6ed2ffe8 -D-2-1.noarch@r3
#>rule pkg d8c419962773c44a71ab8f5f6ed2ffe8 -D-3-1.noarch@r2
#>rule pkg db4c76b2a364e705fc6b12fc9ee32e77 -A-1-2.noarch@r1
#>rule pkg db4c76b2a364e705fc6b12fc9ee32e77 -A-1.noarch@system
#>rule pkg dc9baa8020226cbb2d9d3c70dbeddfe6 -A-1.noarch@system
#>rule pkg dc9baa8020226cbb2d9d3c70dbeddfe6 -A-3.noarch@r3
#>rule pkg df39a3455ac7817dbffe2f65e76690ec -A-1-2.noarch@r1
#>rule pkg df39a3455ac7817dbffe2f65e76690ec -A-3-1.noarch@r2
#>rule pkg eea2ce47069cccf698c185d13c266786 -D-2.noarch@r3
#>rule pkg eea2ce47069cccf698c185d13c266786 -D-3-2.noarch@r3
#>rule pkg f2f418a7e438693d7e2a8b69486c38fc -A-3-1.noarch@r2
#>rule pkg f2f418a7e438693d7e2a8b69486c38fc -A-3-2.noarch@r3
#>rule pkg f4f79a1bf18ca1b08bdd5096395ff615 -D-1-1.noarch@r3
#>rule pkg f4f79a1bf18ca1b08bdd5096395ff615 -D-3-1.noarch@r2
#>rule pkg fbf4a08be6f23c36ed2707a4d8653055 -D-1-1.noarch@r3
#>rule pkg fbf4a08be6f23c36ed2707a4d8653055 -D-1:3-2.noarch@r1
#>rule pkg fec91b8556a59bb235df67fb692ad6be  D-1:3-2.noarch@r1
#>rule pkg fec91b8556a59bb235df67fb692ad6be  D-2-1.noarch@r3
#>rule pkg fec91b8556a59bb235df67fb692ad6be  D-2-1.noarch@system
#>rule pkg fec91b8556a59bb235df67fb692ad6be  D-2.noarch@r3
#>rule pkg fec91b8556a59bb235df67fb692ad6be  D-3-1.noarch@r2
#>rule pkg fec91b8556a59bb235df67fb692ad6be  D-3-1.noarch@r3
#>rule pkg fec91b8556a59bb235df67fb692ad6be  D-3-2.noarch@r3
#>rule pkg fec91b8556a59bb235df67fb692ad6be -B-3-1.noarch@r3
#>rule update 25016cdfea3defa8f668283236a92451  A-1-2.noarch@r1
#>rule update 25016cdfea3defa8f668283236a92451  A-1.noarch@system
#>rule update 25016cdfea3defa8f668283236a92451  A-3-1.noarch@r2
#>rule update 25016cdfea3defa8f668283236a92451  A-3-2.noarch@r3
#>rule update 25016cdfea3defa8f668283236a92451  A-3.noarch@r3
#>rule update 4cd66462c99d76f065852b19a7fc3fc7  B-2-1.noarch@system
#>rule update 4cd66462c99d76f065852b19a7fc3fc7  B-3-1.noarch@r3
#>rule update 60a6c898abcaa0ffb6aef282744cc45a  D-1:3-2.noarch@r1
#>rule update 60a6c898abcaa0ffb6aef282744cc45a  D-2-1.noarch@r3
#>rule update 60a6c898abcaa0ffb6aef282744cc45a  D-2-1.noarch@system
#>rule update 60a6c898abcaa0ffb6aef282744cc45a  D-3-1.noarch@r2
#>rule update 60a6c898abcaa0ffb6aef282744cc45a  D-3-1.noarch@r3
#>rule update 60a6c898abcaa0ffb6aef282744cc45a  D-3-2.noarch@r3
#>rule update 6390fa61a42425301951908fe02c9a9e  C-2-2.noarch@system
#>unneeded A-1.noarch@system
#>unneeded C-2-2.noarch@system
#>unneeded_filtered B-2-1.noarch@system
#>unneeded_filtered D-2-1.noarch@system
#>upgrade A-1.noarch@system A-3-2.noarch@r3
#>upgrade B-2-1.noarch@system B-3-1.noarch@r3
#>userinstalled pkg D-2-1.noarch@r3
