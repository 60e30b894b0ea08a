repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 100
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Prv: X
#>=Prv: V >= 3
#>=Req: (X <> 3-1 <IF> C) & C
#>=Tim: 100
#>=Pkg: C 1:3 1 noarch
#>=Prv: C = 1:3-1
#>=Prv: V >= 3
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: V >= 1
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prv: V
#>=Con: (B = 1 | (C <IF> (C <ELSE> C))) + X <= 2
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 - noarch
#>=Prv: A = 1
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: nosuch <UNLESS> (X <ELSE> B)
#>=Req: C
#>=Con: B = 3-1
#>=Con: C < 2-1
#>=Tim: 100
#>=Pkg: C 1:2 1 noarch
#>=Prv: V
#>=Req: V
#>=Tim: 100
#>=Pkg: C 1:3 1 noarch
#>=Prv: C = 1:3-1
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 200
system unset rpm system
poolflags implicitobsoleteusescolors whatprovideswithdisabled
disable pkg A-1-2.noarch@system
solverflags allowvendorchange dupallowvendorchange keeporphans bestobeypolicy yumobsoletes urpmreorder keepexplicitobsoletes
job install name C [setarch,setevr]
job update name B
job install pkg C-2-1.noarch@r1 [setarch,setevr]
job allowuninstall pkg A-1-2.noarch@system
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>install C-2-1.noarch@r1
#>job allowuninstall pkg A-1-2.noarch@system
#>job install name C [setevr,setarch]
#>job install pkg C-2-1.noarch@r1 [setevr,setarch]
#>job update name B
#>reason A-1-1.noarch@r1 unit b80ebcd11d96bde40c43442f9efd8b7c
#>reason A-1-1.noarch@r2 unit b284c0c15f4e0675ca7e923b412a5260
#>reason A-1-2.noarch@system unit ff4e27f8e0ef13413f814279c861021a
#>reason A-1.noarch@r2 unit b093f6c86b567620a3c8ce5b10dafbac
#>reason A-2-1.noarch@r1 unit f5ae8051fe89c315509c650af34454cc
#>reason A-3-1.noarch@r1 unit bdec8a3244ff976ed3e1c85f8a06f010
#>reason C-1-2.noarch@r1 unit b18dc1af08478aa41e605ec3f7d3d1c3
#>reason C-1:3-1.noarch@r1 unit 28a598e008f6ed0f9d4e57086ad29683
#>reason C-1:3-1.noarch@r2 unit 37cbe72a2d2b4fd080a057f83346d649
#>reason C-2-1.noarch@r1 unit 6e85b7a6ab5203016e6f481f1bb3720d
#>rule feature a8ca44ce488096f2fa8a8f6a08ff2719  A-1-1.noarch@r1
#>rule feature a8ca44ce488096f2fa8a8f6a08ff2719  A-1-1.noarch@r2
#>rule feature a8ca44ce488096f2fa8a8f6a08ff2719  A-1-2.noarch@system
#>rule feature a8ca44ce488096f2fa8a8f6a08ff2719  A-1.noarch@r2
#>rule feature a8ca44ce488096f2fa8a8f6a08ff2719  A-2-1.noarch@r1
#>rule feature a8ca44ce488096f2fa8a8f6a08ff2719  A-3-1.noarch@r1
#>rule job 6e85b7a6ab5203016e6f481f1bb3720d  C-2-1.noarch@r1
#>rule job 8b6181fd2d91efcb60ad158e731d4601  C-1-2.noarch@r1
#>rule job 8b6181fd2d91efcb60ad158e731d4601  C-1:3-1.noarch@r1
#>rule job 8b6181fd2d91efcb60ad158e731d4601  C-1:3-1.noarch@r2
#>rule job 8b6181fd2d91efcb60ad158e731d4601  C-2-1.noarch@r1
#>rule pkg 110b77c32541b961babe2a0200f8065f -A-1-1.noarch@r1
#>rule pkg 110b77c32541b961babe2a0200f8065f -A-2-1.noarch@r1
#>rule pkg 19721d24bd44f1c609a61ae6c905e1e9 -C-1:3-1.noarch@r1
#>rule pkg 19721d24bd44f1c609a61ae6c905e1e9 -C-1:3-1.noarch@r2
#>rule pkg 1c48d134b6a2af340d8c21310137cf23 -A-1-1.noarch@r2
#>rule pkg 1c48d134b6a2af340d8c21310137cf23 -A-3-1.noarch@r1
#>rule pkg 28a598e008f6ed0f9d4e57086ad29683 -C-1:3-1.noarch@r1
#>rule pkg 28a598e008f6ed0f9d4e57086ad29683 -C-2-1.noarch@r1
#>rule pkg 31ff69edcc6aa35a438e3146a349a121 -A-1.noarch@r2
#>rule pkg 31ff69edcc6aa35a438e3146a349a121 -A-2-1.noarch@r1
#>rule pkg 37cbe72a2d2b4fd080a057f83346d649 -C-1:3-1.noarch@r2
#>rule pkg 37cbe72a2d2b4fd080a057f83346d649 -C-2-1.noarch@r1
#>rule pkg 5d253e846036ef7202c6737a2d881bf7 -A-1-1.noarch@r2
#>rule pkg 5d253e846036ef7202c6737a2d881bf7 -C-1-2.noarch@r1
#>rule pkg 6526134cf98c5263effaa7ccf2d67995 -C-1-2.noarch@r1
#>rule pkg 6526134cf98c5263effaa7ccf2d67995 -C-1:3-1.noarch@r1
#>rule pkg 8cea8c09aca5d522c8c71d294c0d2aec -A-1-1.noarch@r1
#>rule pkg 8cea8c09aca5d522c8c71d294c0d2aec -A-1-1.noarch@r2
#>rule pkg 8cfbe806ec530656fe0ac742bef8d9d6 -C-1-2.noarch@r1
#>rule pkg 8cfbe806ec530656fe0ac742bef8d9d6 -C-1:3-1.noarch@r2
#>rule pkg 9669dc0e76bdae99ec6aadb65fc73b17  B-2-1.noarch@r2
#>rule pkg 9669dc0e76bdae99ec6aadb65fc73b17 -A-1-1.noarch@r2
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-2-1.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-3-1.noarch@r1
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-1-1.noarch@r2
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-2-1.noarch@r1
#>rule pkg 9f3488f06059e87fbabff21f32fa5d19 -A-2-1.noarch@r1
#>rule pkg 9f3488f06059e87fbabff21f32fa5d19 -C-1-2.noarch@r1
#>rule pkg b093f6c86b567620a3c8ce5b10dafbac -A-1-2.noarch@system
#>rule pkg b093f6c86b567620a3c8ce5b10dafbac -A-1.noarch@r2
#>rule pkg b18dc1af08478aa41e605ec3f7d3d1c3 -C-1-2.noarch@r1
#>rule pkg b18dc1af08478aa41e605ec3f7d3d1c3 -C-2-1.noarch@r1
#>rule pkg b284c0c15f4e0675ca7e923b412a5260 -A-1-1.noarch@r2
#>rule pkg b284c0c15f4e0675ca7e923b412a5260 -A-1-2.noarch@system
#>rule pkg b80ebcd11d96bde40c43442f9efd8b7c -A-1-1.noarch@r1
#>rule pkg b80ebcd11d96bde40c43442f9efd8b7c -A-1-2.noarch@system
#>rule pkg bdec8a3244ff976ed3e1c85f8a06f010 -A-1-2.noarch@system
#>rule pkg bdec8a3244ff976ed3e1c85f8a06f010 -A-3-1.noarch@r1
#>rule pkg be25a533fd2b3f995e2d1a21d1eb7aa5  C-1-2.noarch@r1
#>rule pkg be25a533fd2b3f995e2d1a21d1eb7aa5  C-1:3-1.noarch@r1
#>rule pkg be25a533fd2b3f995e2d1a21d1eb7aa5  C-1:3-1.noarch@r2
#>rule pkg be25a533fd2b3f995e2d1a21d1eb7aa5  C-2-1.noarch@r1
#>rule pkg be25a533fd2b3f995e2d1a21d1eb7aa5 -A-1-1.noarch@r2
#>rule pkg bf8865762eeb16a0c3742b68eb3f3f23 -A-1-1.noarch@r2
#>rule pkg bf8865762eeb16a0c3742b68eb3f3f23 -A-1.noarch@r2
#>rule pkg d1522bf0a7dff94d66b01d4ca0c49606  C-1-2.noarch@r1
#>rule pkg d1522bf0a7dff94d66b01d4ca0c49606 -A-1-1.noarch@r2
#>rule pkg da0585bd413680dc6af85650f171aa5d -A-1-1.noarch@r1
#>rule pkg da0585bd413680dc6af85650f171aa5d -A-3-1.noarch@r1
#>rule pkg e8bc935047cf6be2bd2e09cd4ecc457a -A-1-1.noarch@r1
#>rule pkg e8bc935047cf6be2bd2e09cd4ecc457a -A-1.noarch@r2
#>rule pkg f0f12b69eddbf3fee497dbcd0da4b625 -A-1.noarch@r2
#>rule pkg f0f12b69eddbf3fee497dbcd0da4b625 -A-3-1.noarch@r1
#>rule pkg f5ae8051fe89c315509c650af34454cc -A-1-2.noarch@system
#>rule pkg f5ae8051fe89c315509c650af34454cc -A-2-1.noarch@r1
#>rule update ff4e27f8e0ef13413f814279c861021a  A-1-2.noarch@system
#>userinstalled pkg C-2-1.noarch@r1
