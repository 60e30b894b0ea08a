repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: V
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prv: V >= 2-1
#>=Prq: V
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: W
#>=Req: B >= 1
#>=Req: X
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: B
#>=Tim: 200
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Tim: 100
repo r2 -5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Req: C < 3-1
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Req: E
#>=Tim: 200
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Req: E
#>=Req: D
#>=Req: D
#>=Req: X
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: W
#>=Tim: 100
system x86_64 rpm system
job install provides V [forcebest]
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>job install provides V [forcebest]
#>reason B-3-1.noarch@r2 unit 6c8fd670f48c54db446d8e3a386332d9
#>reason C-2-1.noarch@r1 unit a75a4782edec2e47b345c8df27ffe30c
#>reason C-2-1.noarch@r2 unit 52be88a041ab956d228afe410e8a9202
#>reason C-2-1.noarch@system job ee6a519f2692565b75c6dcc90557d775
#>reason C-3-1.noarch@r1 unit 05059f817059f4fbe01a376cb85173f8
#>reason E-1-1.noarch@r2 unit b5fd672b6998b6f9de2dbf878bbbbfee
#>rule job ee6a519f2692565b75c6dcc90557d775  A-2-1.noarch@r1
#>rule job ee6a519f2692565b75c6dcc90557d775  C-2-1.noarch@system
#>rule pkg 05059f817059f4fbe01a376cb85173f8 -C-2-1.noarch@system
#>rule pkg 05059f817059f4fbe01a376cb85173f8 -C-3-1.noarch@r1
#>rule pkg 145dcbe2c819c83d9da1450b21c8eda8 -B-1-1.noarch@r1
#>rule pkg 145dcbe2c819c83d9da1450b21c8eda8 -B-3-1.noarch@r2
#>rule pkg 34569de9941630aa54b5bfa4781c1c35 -C-2-1.noarch@r2
#>rule pkg 34569de9941630aa54b5bfa4781c1c35 -C-3-1.noarch@r1
#>rule pkg 52be88a041ab956d228afe410e8a9202 -C-2-1.noarch@r2
#>rule pkg 52be88a041ab956d228afe410e8a9202 -C-2-1.noarch@system
#>rule pkg 64e63dae8fd7e43bc991dc8d66ee6370 -C-2-1.noarch@r1
#>rule pkg 64e63dae8fd7e43bc991dc8d66ee6370 -C-2-1.noarch@r2
#>rule pkg 6c8fd670f48c54db446d8e3a386332d9  E-1-1.noarch@r2
#>rule pkg 6c8fd670f48c54db446d8e3a386332d9 -B-3-1.noarch@r2
#>rule pkg 83015d0d226e0017ab3ed3643b49e76e -A-2-1.noarch@r1
#>rule pkg 83015d0d226e0017ab3ed3643b49e76e -A-2-2.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-2-1.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-3-1.noarch@r1
#>rule pkg a75a4782edec2e47b345c8df27ffe30c -C-2-1.noarch@r1
#>rule pkg aca850d8bbec492456c8f7dbc671e488 -C-2-1.noarch@r1
#>rule pkg aca850d8bbec492456c8f7dbc671e488 -C-2-1.noarch@system
#>rule pkg b5fd672b6998b6f9de2dbf878bbbbfee -E-1-1.noarch@r2
#>rule pkg bf73b0829d857ff0385042e833f815a8 -A-2-1.noarch@r1
#>rule pkg bf73b0829d857ff0385042e833f815a8 -A-2-1.noarch@r2
#>rule pkg c8c41acf67df7e1144d6666647cb9df9 -C-2-1.noarch@r1
#>rule pkg c8c41acf67df7e1144d6666647cb9df9 -C-3-1.noarch@r1
#>rule pkg dc6741a334fb986fb3a1a25dbbfbf5ae  B-1-1.noarch@r1
#>rule pkg dc6741a334fb986fb3a1a25dbbfbf5ae  B-3-1.noarch@r2
#>rule pkg dc6741a334fb986fb3a1a25dbbfbf5ae -C-3-1.noarch@r1
#>rule pkg e8ef0ea918fe30bc19414febf073938e  D-2-2.noarch@r2
#>rule pkg e8ef0ea918fe30bc19414febf073938e -E-1-1.noarch@r2
#>rule pkg f03249ad56694208da156fb9a65699b4  B-1-1.noarch@r1
#>rule pkg f03249ad56694208da156fb9a65699b4  B-3-1.noarch@r2
#>rule pkg f03249ad56694208da156fb9a65699b4 -C-2-1.noarch@r1
#>rule update 5b93b3aef596c53dc3f98624f0463b74  C-2-1.noarch@r1
#>rule update 5b93b3aef596c53dc3f98624f0463b74  C-2-1.noarch@r2
#>rule update 5b93b3aef596c53dc3f98624f0463b74  C-2-1.noarch@system
#>rule update 5b93b3aef596c53dc3f98624f0463b74  C-3-1.noarch@r1
#>userinstalled pkg C-2-1.noarch@system
