repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prv: X = 1-1
#>=Rec: nosuch
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Prv: W < 3
#>=Req: B < 2
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Prv: W = 1-1
#>=Sug: B
#>=Tim: 100
#>=Pkg: G 2 1 noarch
#>=Prv: G = 2-1
#>=Sup: B
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prv: G
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Tim: 200
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Req: nosuch
#>=Tim: 100
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Sup: G
#>=Tim: 100
#>=Pkg: G 2 1 noarch
#>=Prv: G = 2-1
#>=Tim: 100
#>=Pkg: G 3 1 noarch
#>=Prv: G = 3-1
#>=Prq: W
#>=Rec: D < 2
#>=Sup: G
#>=Tim: 100
system unset rpm system
job install name C
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>install C-3-1.noarch@r2
#>job install name C
#>reason A-1-1.noarch@r1 unit 71be78753eaa894cf4040a90c00ad434
#>reason A-2-1.noarch@system unit 4e186cf444c8c4d2856c11e0cb0ea37a
#>reason C-3-1.noarch@r2 unit b0760abd35b61e82f875f897d98ddb4e
#>reason D-1-1.noarch@r1 unit 38db8afd6bbd9e0af234be6b2a68a0ac
#>rule feature 7887d0ebaf0f06b9c080c87c65ee840f  A-1-1.noarch@r1
#>rule feature 7887d0ebaf0f06b9c080c87c65ee840f  A-2-1.noarch@system
#>rule job b0760abd35b61e82f875f897d98ddb4e  C-3-1.noarch@r2
#>rule pkg 0a9aad20929f2d5eb43bc96e25e91c0a -G-2-1.noarch@r1
#>rule pkg 0a9aad20929f2d5eb43bc96e25e91c0a -G-3-1.noarch@r2
#>rule pkg 38db8afd6bbd9e0af234be6b2a68a0ac -D-1-1.noarch@r1
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-1-1.noarch@r1
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-2-1.noarch@system
#>rule pkg 7640282c055ba34203524a1c31be8e27 -G-2-1.noarch@r2
#>rule pkg 7640282c055ba34203524a1c31be8e27 -G-3-1.noarch@r2
#>rule pkg c3c7d740ef75c355d96d017fe98dd332  D-1-1.noarch@r1
#>rule pkg c3c7d740ef75c355d96d017fe98dd332  E-3-1.noarch@r1
#>rule pkg c3c7d740ef75c355d96d017fe98dd332 -G-3-1.noarch@r2
#>rule pkg d9fa40cbbac4589faab7372a73768275 -E-3-1.noarch@r1
#>rule pkg d9fa40cbbac4589faab7372a73768275 -E-3-1.noarch@r2
#>rule pkg ebeabf831980357e38a8bd6aac328e61 -G-2-1.noarch@r1
#>rule pkg ebeabf831980357e38a8bd6aac328e61 -G-2-1.noarch@r2
#>rule pkg f6cae74f38eae4d51eae07874f7c8037 -E-2-1.noarch@r1
#>rule pkg f6cae74f38eae4d51eae07874f7c8037 -E-3-1.noarch@r1
#>rule update 4e186cf444c8c4d2856c11e0cb0ea37a  A-2-1.noarch@system
#>unneeded_filtered A-2-1.noarch@system
#>userinstalled pkg C-3-1.noarch@r2
