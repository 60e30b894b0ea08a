repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Fls: /usr/lib/c
#>=Fls: /usr/d
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 200
#>=Pkg: A 3 2 noarch
#>=Prv: A = 3-2
#>=Prv: W >= 1
#>=Req: D
#>=Prq: X
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 200
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: F
#>=Req: /bin/b
#>=Req: D <= 1
#>=Prq: B >= 2-1
#>=Req: V
#>=Fls: /bin/a
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 200
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Req: B
#>=Tim: 100
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Prq: X
#>=Req: F
#>=Tim: 100
system x86_64 rpm system
job update all packages
job install oneof C-2-1.noarch@r2
job update name F
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>install C-2-1.noarch@r2
#>job install oneof C-2-1.noarch@r2
#>job update all packages
#>job update name F
#>reason A-1-1.noarch@r1 unit 110b77c32541b961babe2a0200f8065f
#>reason A-1-2.noarch@system unit f5ae8051fe89c315509c650af34454cc
#>reason A-2-1.noarch@r1 update d21df1f878af3387a37c51373ba7e502
#>reason A-3-2.noarch@r1 unit 087a77bee1e4c48d959c269656dd5dc1
#>reason C-2-1.noarch@r2 unit b287e184c2e93f82ac144a04865b3cb9
#>reason C-3-1.noarch@r2 unit 1bfc017bd6651e3ef23c194727843221
#>rule feature 12ce1fefbd9b61239164c2da5ea3608b  A-1-1.noarch@r1
#>rule feature 12ce1fefbd9b61239164c2da5ea3608b  A-1-2.noarch@system
#>rule feature 12ce1fefbd9b61239164c2da5ea3608b  A-2-1.noarch@r1
#>rule feature 12ce1fefbd9b61239164c2da5ea3608b  A-3-2.noarch@r1
#>rule job b287e184c2e93f82ac144a04865b3cb9  C-2-1.noarch@r2
#>rule pkg 087a77bee1e4c48d959c269656dd5dc1 -A-3-2.noarch@r1
#>rule pkg 110b77c32541b961babe2a0200f8065f -A-1-1.noarch@r1
#>rule pkg 110b77c32541b961babe2a0200f8065f -A-2-1.noarch@r1
#>rule pkg 1bfc017bd6651e3ef23c194727843221 -C-2-1.noarch@r2
#>rule pkg 1bfc017bd6651e3ef23c194727843221 -C-3-1.noarch@r2
#>rule pkg b4b105f01678f1232db1e1754460edbf  D-3-1.noarch@r1
#>rule pkg b4b105f01678f1232db1e1754460edbf -A-3-2.noarch@r1
#>rule pkg b80ebcd11d96bde40c43442f9efd8b7c -A-1-1.noarch@r1
#>rule pkg b80ebcd11d96bde40c43442f9efd8b7c -A-1-2.noarch@system
#>rule pkg dcc0647d169381e62692e5d6bc0d5688 -A-2-1.noarch@r1
#>rule pkg dcc0647d169381e62692e5d6bc0d5688 -A-3-2.noarch@r1
#>rule pkg f0961a04b1e84d95b2915f1e5de2b0e6 -A-1-2.noarch@system
#>rule pkg f0961a04b1e84d95b2915f1e5de2b0e6 -A-3-2.noarch@r1
#>rule pkg f31a2d1a2499c4f69f47dd1d2b241277 -A-1-1.noarch@r1
#>rule pkg f31a2d1a2499c4f69f47dd1d2b241277 -A-3-2.noarch@r1
#>rule pkg f5ae8051fe89c315509c650af34454cc -A-1-2.noarch@system
#>rule pkg f5ae8051fe89c315509c650af34454cc -A-2-1.noarch@r1
#>rule update d21df1f878af3387a37c51373ba7e502  A-1-2.noarch@system
#>rule update d21df1f878af3387a37c51373ba7e502  A-2-1.noarch@r1
#>rule update d21df1f878af3387a37c51373ba7e502  A-3-2.noarch@r1
#>unneeded_filtered A-1-2.noarch@system
#>upgrade A-1-2.noarch@system A-2-1.noarch@r1
#>userinstalled pkg C-2-1.noarch@r2
