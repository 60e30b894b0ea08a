repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Obs: C
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prv: W
#>=Prq: A
#>=Tim: 100
#>=Pkg: D 1 2 noarch
#>=Prv: D = 1-2
#>=Obs: A
#>=Tim: 100
#>=Pkg: A 3 2 noarch
#>=Prv: A = 3-2
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: A
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Obs: B >= 1-1
#>=Tim: 100
system unset rpm system
solverflags yumobsoletes
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>autoinst name C
#>autoinst name D
#>install A-3-2.noarch@r1
#>job update all packages
#>reason A-1-1.noarch@r1 unit f31a2d1a2499c4f69f47dd1d2b241277
#>reason A-3-2.noarch@r1 resolve 635d47fda3fce7823875c5201275759e
#>reason B-2-1.noarch@system update 0701d82dff20d79c053fcfc642c6692f
#>reason B-3-1.noarch@r1 unit 89a99026cb04439254915f64ae5ef48b
#>reason C-1-1.noarch@system keep 0701d82dff20d79c053fcfc642c6692f
#>reason D-1-1.noarch@system unit f325a69b6c4bf71573f50c94017941ba
#>reason D-1-2.noarch@r1 unit 9fe28a1206ec8cbde0e9f5293158bf43
#>reason D-3-1.noarch@r1 update 2b9626b754d37bfb3fc70a760af0c178
#>rule pkg 470b80d9b1e8f3dedfb1c0308d04e552 -D-1-1.noarch@system
#>rule pkg 470b80d9b1e8f3dedfb1c0308d04e552 -D-1-2.noarch@r1
#>rule pkg 635d47fda3fce7823875c5201275759e  A-1-1.noarch@r1
#>rule pkg 635d47fda3fce7823875c5201275759e  A-3-2.noarch@r1
#>rule pkg 635d47fda3fce7823875c5201275759e -D-3-1.noarch@r1
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-2-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-3-1.noarch@r1
#>rule pkg 9c04e1d0caa901de9712b01ead686638 -A-1-1.noarch@r1
#>rule pkg 9c04e1d0caa901de9712b01ead686638 -D-1-2.noarch@r1
#>rule pkg 9fe28a1206ec8cbde0e9f5293158bf43 -D-1-2.noarch@r1
#>rule pkg 9fe28a1206ec8cbde0e9f5293158bf43 -D-3-1.noarch@r1
#>rule pkg a1cd648de717691f32a18d3b87e88d11 -A-3-2.noarch@r1
#>rule pkg a1cd648de717691f32a18d3b87e88d11 -D-1-2.noarch@r1
#>rule pkg f31a2d1a2499c4f69f47dd1d2b241277 -A-1-1.noarch@r1
#>rule pkg f31a2d1a2499c4f69f47dd1d2b241277 -A-3-2.noarch@r1
#>rule pkg f325a69b6c4bf71573f50c94017941ba -D-1-1.noarch@system
#>rule pkg f325a69b6c4bf71573f50c94017941ba -D-3-1.noarch@r1
#>rule update 0701d82dff20d79c053fcfc642c6692f  B-2-1.noarch@system
#>rule update 0701d82dff20d79c053fcfc642c6692f  C-1-1.noarch@system
#>rule update 2b9626b754d37bfb3fc70a760af0c178  D-1-1.noarch@system
#>rule update 2b9626b754d37bfb3fc70a760af0c178  D-1-2.noarch@r1
#>rule update 2b9626b754d37bfb3fc70a760af0c178  D-3-1.noarch@r1
#>rule update e842dd14b69da157c9d47d501e716448  B-2-1.noarch@system
#>rule update e842dd14b69da157c9d47d501e716448  B-3-1.noarch@r1
#>unneeded_filtered B-2-1.noarch@system
#>unneeded_filtered C-1-1.noarch@system
#>unneeded_filtered D-1-1.noarch@system
#>upgrade D-1-1.noarch@system D-3-1.noarch@r1
