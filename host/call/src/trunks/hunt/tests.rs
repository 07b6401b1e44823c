//! The order of members.

use rand::SeedableRng;

use super::*;

fn member(trunk: &str, priority: u16, weight: u16) -> TrunkMember {
    TrunkMember {
        trunk: trunk.to_owned(),
        priority,
        weight,
    }
}

#[test]
fn lower_priorities_come_first_and_weights_share_the_calls() {
    let members = [
        member("backup", 2, 1),
        member("big", 1, 30),
        member("small", 1, 10),
    ];
    let mut rng = StdRng::seed_from_u64(1);
    let mut first_is_big = 0;
    for _ in 0..4000 {
        let order = in_order(&members, &mut rng);
        assert_eq!(order[2].trunk, "backup");
        first_is_big += u32::from(order[0].trunk == "big");
    }
    assert!((2800..3200).contains(&first_is_big), "{first_is_big}");
}

#[test]
fn a_member_of_weight_zero_is_hardly_ever_first_and_never_left_out() {
    let members = [member("a", 0, 100), member("b", 0, 0)];
    let mut rng = StdRng::seed_from_u64(2);
    let mut first = 0;
    for _ in 0..1000 {
        let order = in_order(&members, &mut rng);
        assert_eq!(order.len(), 2);
        first += u32::from(order[0].trunk == "b");
    }
    assert!(first < 50, "{first}");
}
