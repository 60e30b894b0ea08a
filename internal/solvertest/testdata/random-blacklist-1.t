repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: X
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: C
#>=Tim: 100
#>=Pkg: C 3 2 noarch
#>=Prv: C = 3-2
#>=Tim: 200
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Prv: W >= 2
#>=Prv: W = 2
#>=Prv: V
#>=Tim: 100
system i686 rpm system
job install name A
job install provides A > 2-2
job update provides C
job blacklist name A <= 2-2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>job blacklist name A <= 2-2
#>job install name A
#>job install provides A > 2-2
#>job update provides C
#>problem c43b1300 info nothing provides requested A > 2-2
#>problem c43b1300 solution b0e08d26 deljob install provides A > 2-2
#>reason A-1-1.noarch@r1 unit d337cc836eb41d26e7ee61bdcdaf79a7
#>reason A-2-2.noarch@system unit 2f2f08d1334f5486acf622f9ed86fd42
#>reason C-1-1.noarch@r1 unit 1e85f4d3cc9378637eb2e0e0194d7eb6
#>reason C-1-1.noarch@system unit 9baa5f257646174d982be561f4e55d5d
#>reason C-3-2.noarch@r1 update 4766ec93787f19dca7b1f27e3b81234b
#>rule feature 2ff83135c39b2fd8b1f2a2bdf4d184fc  A-1-1.noarch@r1
#>rule feature 2ff83135c39b2fd8b1f2a2bdf4d184fc  A-2-2.noarch@system
#>rule job 2ff83135c39b2fd8b1f2a2bdf4d184fc  A-1-1.noarch@r1
#>rule job 2ff83135c39b2fd8b1f2a2bdf4d184fc  A-2-2.noarch@system
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 0dfe70810cf763f765ee6913a163b774 -C-1-1.noarch@r1
#>rule pkg 0dfe70810cf763f765ee6913a163b774 -C-1-1.noarch@system
#>rule pkg 1e85f4d3cc9378637eb2e0e0194d7eb6 -C-1-1.noarch@r1
#>rule pkg 1e85f4d3cc9378637eb2e0e0194d7eb6 -C-3-2.noarch@r1
#>rule pkg 9baa5f257646174d982be561f4e55d5d -C-1-1.noarch@system
#>rule pkg 9baa5f257646174d982be561f4e55d5d -C-3-2.noarch@r1
#>rule pkg d337cc836eb41d26e7ee61bdcdaf79a7 -A-1-1.noarch@r1
#>rule pkg d337cc836eb41d26e7ee61bdcdaf79a7 -A-2-2.noarch@system
#>rule update 2f2f08d1334f5486acf622f9ed86fd42  A-2-2.noarch@system
#>rule update 4766ec93787f19dca7b1f27e3b81234b  C-1-1.noarch@r1
#>rule update 4766ec93787f19dca7b1f27e3b81234b  C-1-1.noarch@system
#>rule update 4766ec93787f19dca7b1f27e3b81234b  C-3-2.noarch@r1
#>unneeded_filtered C-1-1.noarch@system
#>upgrade C-1-1.noarch@system C-3-2.noarch@r1
#>userinstalled pkg A-2-2.noarch@system
