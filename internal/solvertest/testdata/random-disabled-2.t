repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Req: F
#>=Tim: 100
#>=Pkg: F 2 2 noarch
#>=Prv: F = 2-2
#>=Tim: 100
#>=Pkg: F 3 2 noarch
#>=Prv: F = 3-2
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Req: D >= 1
#>=Req: C
#>=Tim: 200
#>=Pkg: A 3 2 noarch
#>=Prv: A = 3-2
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Prv: V = 3
#>=Tim: 100
system x86_64 rpm system
job update name E
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name D
#>job update name E
#>reason D-1-1.noarch@r1 unit 7c672ec5ac3e4442168c86feeebd27e6
#>reason D-2-1.noarch@system unit 5f4cffb427f25a97e002249376a82448
#>rule feature f6a73dc1fda613a128597cc9b5422589  D-1-1.noarch@r1
#>rule feature f6a73dc1fda613a128597cc9b5422589  D-2-1.noarch@system
#>rule pkg 25de52e03a256e9195b20d109aba5d11 -F-2-2.noarch@r1
#>rule pkg 25de52e03a256e9195b20d109aba5d11 -F-3-2.noarch@r1
#>rule pkg 7c672ec5ac3e4442168c86feeebd27e6 -D-1-1.noarch@r1
#>rule pkg 7c672ec5ac3e4442168c86feeebd27e6 -D-2-1.noarch@system
#>rule pkg d41fc26994d489cba668b39132044bb5  C-1-2.noarch@r1
#>rule pkg d41fc26994d489cba668b39132044bb5 -D-1-1.noarch@r1
#>rule pkg e072a7eab27852262a8827401de8f713  F-2-2.noarch@r1
#>rule pkg e072a7eab27852262a8827401de8f713  F-3-2.noarch@r1
#>rule pkg e072a7eab27852262a8827401de8f713 -C-1-2.noarch@r1
#>rule update 5f4cffb427f25a97e002249376a82448  D-2-1.noarch@system
#>unneeded_filtered D-2-1.noarch@system
