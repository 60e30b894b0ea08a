repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: C < 2
#>=Vnd: SUSE
#>=Tim: 200
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Obs: D < 1
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prv: X
#>=Req: E
#>=Prq: V
#>=Vnd: packman
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prq: B
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: V
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Req: V
#>=Vnd: Fedora
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Vnd: Fedora
#>=Tim: 200
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prq: A
#>=Vnd: Fedora
#>=Tim: 200
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prv: V = 1
#>=Req: A <> 2-2
#>=Req: V > 2
#>=Vnd: packman
#>=Tim: 200
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prq: C
#>=Req: C
#>=Prq: D
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Req: X
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Vnd: SUSE
#>=Tim: 100
system i686 rpm system
job update provides D = 3
job install name B
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name C
#>autoinst name D
#>job install name B
#>job update all packages
#>job update provides D = 3
#>orphaned B-1-1.noarch@system
#>reason A-2-1.noarch@r1 unit 99bcbc89d888756fcd61440b40c6440c
#>reason A-2-1.noarch@system unit 59e6542e725445306715431c876fe463
#>reason A-3-1.noarch@r1 update c90345fa75f8024a7d97e6626a77408d
#>reason B-1-1.noarch@system unit 47e408409ed10102756ab2d7b46334ef
#>reason C-1-1.noarch@r1 unit 0dfe70810cf763f765ee6913a163b774
#>reason C-1-1.noarch@system unit c99f3e7af892434d24c4dac8b1930b6f
#>reason C-2-1.noarch@r1 unit 035fcf51fa4016e233d502164d2ec660
#>reason C-3-1.noarch@r1 unit 3ffcdf6f22408cb6dc05269c7bba3896
#>reason D-1-1.noarch@r3 unit c6f9fd1bdb91cc978a528f389ed366dc
#>reason D-1-1.noarch@system unit 190950af4e1f4a5826d8b5c8bdc4436d
#>reason D-2-1.noarch@r3 unit cf27ec4d843f8d8b07392a50a57f9938
#>reason D-2-2.noarch@r1 unit 4c2a625faadc1d0fbd17dac729f8dbc2
#>reason D-3-1.noarch@r2 unit b92f5a4469ea5145f056d53b1835dcc7
#>rule feature 069678f3271f8a92b54c95ccf7ce4943  C-1-1.noarch@r1
#>rule feature 069678f3271f8a92b54c95ccf7ce4943  C-1-1.noarch@system
#>rule feature 069678f3271f8a92b54c95ccf7ce4943  C-2-1.noarch@r1
#>rule feature 069678f3271f8a92b54c95ccf7ce4943  C-3-1.noarch@r1
#>rule feature 0e61adddffc2378e32eb86af7d659ebc  D-1-1.noarch@r3
#>rule feature 0e61adddffc2378e32eb86af7d659ebc  D-1-1.noarch@system
#>rule feature 0e61adddffc2378e32eb86af7d659ebc  D-2-1.noarch@r3
#>rule feature 0e61adddffc2378e32eb86af7d659ebc  D-2-2.noarch@r1
#>rule feature 0e61adddffc2378e32eb86af7d659ebc  D-3-1.noarch@r2
#>rule job 47e408409ed10102756ab2d7b46334ef  B-1-1.noarch@system
#>rule pkg 035fcf51fa4016e233d502164d2ec660 -C-1-1.noarch@system
#>rule pkg 035fcf51fa4016e233d502164d2ec660 -C-2-1.noarch@r1
#>rule pkg 0dfe70810cf763f765ee6913a163b774 -C-1-1.noarch@r1
#>rule pkg 0dfe70810cf763f765ee6913a163b774 -C-1-1.noarch@system
#>rule pkg 20882cfdc6a2302d04c3d1487ccb39cf -D-1-1.noarch@system
#>rule pkg 20882cfdc6a2302d04c3d1487ccb39cf -D-3-1.noarch@r2
#>rule pkg 2714405730ddb533770f086c196d72bb -C-1-1.noarch@r1
#>rule pkg 2714405730ddb533770f086c196d72bb -C-2-1.noarch@r1
#>rule pkg 3ffcdf6f22408cb6dc05269c7bba3896  D-3-1.noarch@r2
#>rule pkg 3ffcdf6f22408cb6dc05269c7bba3896 -C-3-1.noarch@r1
#>rule pkg 4c2a625faadc1d0fbd17dac729f8dbc2 -D-1-1.noarch@system
#>rule pkg 4c2a625faadc1d0fbd17dac729f8dbc2 -D-2-2.noarch@r1
#>rule pkg 523e15b1ae61b61bd0ea02eb4232b615 -D-2-1.noarch@r3
#>rule pkg 523e15b1ae61b61bd0ea02eb4232b615 -D-2-2.noarch@r1
#>rule pkg 525195b8785f8b5c6ff4f39df83a96ef -D-2-2.noarch@r1
#>rule pkg 525195b8785f8b5c6ff4f39df83a96ef -D-3-1.noarch@r2
#>rule pkg 55c4223d9e65dcf0ba674ec7a8255385 -D-1-1.noarch@r3
#>rule pkg 55c4223d9e65dcf0ba674ec7a8255385 -D-2-1.noarch@r3
#>rule pkg 59e6542e725445306715431c876fe463 -A-2-1.noarch@system
#>rule pkg 59e6542e725445306715431c876fe463 -A-3-1.noarch@r1
#>rule pkg 71c221dacec9dbe620ff86c517c9e8e3 -A-2-1.noarch@r1
#>rule pkg 71c221dacec9dbe620ff86c517c9e8e3 -A-2-1.noarch@system
#>rule pkg 7221666dd4574827ed283a9d4508e570  B-1-1.noarch@system
#>rule pkg 7221666dd4574827ed283a9d4508e570  C-1-1.noarch@r1
#>rule pkg 7221666dd4574827ed283a9d4508e570  C-1-1.noarch@system
#>rule pkg 7221666dd4574827ed283a9d4508e570  C-2-1.noarch@r1
#>rule pkg 7221666dd4574827ed283a9d4508e570  C-3-1.noarch@r1
#>rule pkg 7221666dd4574827ed283a9d4508e570 -D-1-1.noarch@r3
#>rule pkg 79f923f5b8193da3cb4f6548e0315cc3 -D-1-1.noarch@r3
#>rule pkg 79f923f5b8193da3cb4f6548e0315cc3 -D-2-2.noarch@r1
#>rule pkg 9966be01528380d1663b781919c2484b  A-2-1.noarch@r1
#>rule pkg 9966be01528380d1663b781919c2484b  A-2-1.noarch@system
#>rule pkg 9966be01528380d1663b781919c2484b  A-3-1.noarch@r1
#>rule pkg 9966be01528380d1663b781919c2484b -D-3-1.noarch@r2
#>rule pkg 9973a529d069292ff50eac7398d23457  B-1-1.noarch@system
#>rule pkg 9973a529d069292ff50eac7398d23457 -C-1-1.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-2-1.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-3-1.noarch@r1
#>rule pkg a5ec497fd44c62381df75eb4f1f7facc -C-1-1.noarch@system
#>rule pkg a5ec497fd44c62381df75eb4f1f7facc -C-3-1.noarch@r1
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-1-1.noarch@r1
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-3-1.noarch@r1
#>rule pkg b92f5a4469ea5145f056d53b1835dcc7 -D-3-1.noarch@r2
#>rule pkg c6f9fd1bdb91cc978a528f389ed366dc -D-1-1.noarch@r3
#>rule pkg c6f9fd1bdb91cc978a528f389ed366dc -D-1-1.noarch@system
#>rule pkg c8c41acf67df7e1144d6666647cb9df9 -C-2-1.noarch@r1
#>rule pkg c8c41acf67df7e1144d6666647cb9df9 -C-3-1.noarch@r1
#>rule pkg cf27ec4d843f8d8b07392a50a57f9938 -D-1-1.noarch@system
#>rule pkg cf27ec4d843f8d8b07392a50a57f9938 -D-2-1.noarch@r3
#>rule pkg d8c419962773c44a71ab8f5f6ed2ffe8 -D-2-1.noarch@r3
#>rule pkg d8c419962773c44a71ab8f5f6ed2ffe8 -D-3-1.noarch@r2
#>rule pkg f4f79a1bf18ca1b08bdd5096395ff615 -D-1-1.noarch@r3
#>rule pkg f4f79a1bf18ca1b08bdd5096395ff615 -D-3-1.noarch@r2
#>rule update 190950af4e1f4a5826d8b5c8bdc4436d  D-1-1.noarch@system
#>rule update 190950af4e1f4a5826d8b5c8bdc4436d  D-3-1.noarch@r2
#>rule update 47e408409ed10102756ab2d7b46334ef  B-1-1.noarch@system
#>rule update c90345fa75f8024a7d97e6626a77408d  A-2-1.noarch@r1
#>rule update c90345fa75f8024a7d97e6626a77408d  A-2-1.noarch@system
#>rule update c90345fa75f8024a7d97e6626a77408d  A-3-1.noarch@r1
#>rule update c99f3e7af892434d24c4dac8b1930b6f  C-1-1.noarch@system
#>unneeded_filtered A-2-1.noarch@system
#>unneeded_filtered C-1-1.noarch@system
#>unneeded_filtered D-1-1.noarch@system
#>upgrade A-2-1.noarch@system A-3-1.noarch@r1
#>userinstalled pkg B-1-1.noarch@system
