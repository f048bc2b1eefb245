//! Three readings, five aggregators, one sum.

use getrandom::{SysRng, rand_core::UnwrapErr};
use meter_link::{Field64, field::add_assign};
use shamir_agg::{combine, split};

fn main() -> Result<(), shamir_agg::Error> {
    let readings = [230, -45, 1_180]; // Wh of three meters; the second feeds in
    let mut sums = [[Field64::ZERO]; 5]; // what five aggregators hold; any three of them suffice
    for reading in readings {
        let mut shares = [[Field64::ZERO]; 5];
        let mut to = shares.each_mut().map(|share| &mut share[..]);
        split(&[Field64::from_i64(reading)], 3, &mut to, &mut UnwrapErr(SysRng))?;
        sums.iter_mut().zip(&shares).for_each(|(sum, share)| add_assign(sum, share));
    }
    let mut total = [Field64::ZERO];
    combine(&[(1, &sums[0]), (4, &sums[3]), (5, &sums[4])], &mut total)?; // 2 and 3 are away
    println!("sum {} Wh; aggregator 1 alone sees {}", total[0].centred(), sums[0][0].to_u64());
    Ok(())
}
