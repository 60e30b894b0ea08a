repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Rec: E
#>=Sug: F
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Sup: C
#>=Tim: 200
#>=Pkg: H 1 1 noarch
#>=Prv: H = 1-1
#>=Sug: B
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Req: E
#>=Req: X > 1-1
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Req: V >= 1-1
#>=Tim: 200
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 100
system unset rpm system
solverflags addalreadyrecommended ignorerecommended
job install oneof B-3-1.noarch@r1
job update all packages
job favor name G
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name E
#>autoinst name F
#>autoinst name H
#>job favor name G
#>job install oneof B-3-1.noarch@r1
#>job update all packages
#>orphaned E-2-1.noarch@system
#>orphaned F-2-1.noarch@system
#>orphaned H-1-1.noarch@system
#>reason A-2-1.noarch@r1 unit 99bcbc89d888756fcd61440b40c6440c
#>reason A-2-1.noarch@system unit 59e6542e725445306715431c876fe463
#>reason A-3-1.noarch@r1 update c90345fa75f8024a7d97e6626a77408d
#>reason B-2-1.noarch@system unit 89a99026cb04439254915f64ae5ef48b
#>reason B-3-1.noarch@r1 unit 13a6a7137bc203eef36363ba66574bcb
#>reason E-2-1.noarch@system unit bfc317056541d89244bcbc30d5237ba6
#>reason F-2-1.noarch@system unit dabf3c4c39c6e312c3724fed9b0fc993
#>reason H-1-1.noarch@system unit 2a7ebd772e85b4683c0fef624e8b0fae
#>rule job 13a6a7137bc203eef36363ba66574bcb  B-3-1.noarch@r1
#>rule pkg 59e6542e725445306715431c876fe463 -A-2-1.noarch@system
#>rule pkg 59e6542e725445306715431c876fe463 -A-3-1.noarch@r1
#>rule pkg 71c221dacec9dbe620ff86c517c9e8e3 -A-2-1.noarch@r1
#>rule pkg 71c221dacec9dbe620ff86c517c9e8e3 -A-2-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-2-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-3-1.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-2-1.noarch@r1
#>rule pkg 99bcbc89d888756fcd61440b40c6440c -A-3-1.noarch@r1
#>rule update 2a7ebd772e85b4683c0fef624e8b0fae  H-1-1.noarch@system
#>rule update bfc317056541d89244bcbc30d5237ba6  E-2-1.noarch@system
#>rule update c90345fa75f8024a7d97e6626a77408d  A-2-1.noarch@r1
#>rule update c90345fa75f8024a7d97e6626a77408d  A-2-1.noarch@system
#>rule update c90345fa75f8024a7d97e6626a77408d  A-3-1.noarch@r1
#>rule update dabf3c4c39c6e312c3724fed9b0fc993  F-2-1.noarch@system
#>rule update e842dd14b69da157c9d47d501e716448  B-2-1.noarch@system
#>rule update e842dd14b69da157c9d47d501e716448  B-3-1.noarch@r1
#>suggested B-3-1.noarch@r1
#>unneeded E-2-1.noarch@system
#>unneeded_filtered A-2-1.noarch@system
#>unneeded_filtered B-2-1.noarch@system
#>unneeded_filtered F-2-1.noarch@system
#>unneeded_filtered H-1-1.noarch@system
#>upgrade A-2-1.noarch@system A-3-1.noarch@r1
#>upgrade B-2-1.noarch@system B-3-1.noarch@r1
#>userinstalled pkg B-3-1.noarch@r1
