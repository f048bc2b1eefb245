//! Starts, whole rounds, restarts, and what a forger does, one byte a choice.

/// For the target `roles`.
pub fn roles() -> Vec<(String, Vec<u8>)> {
    let game = |parts: &[&[u8]]| parts.concat();
    let round = [0u8, 0, 0];
    // Who takes part, whom the utility asks, who hears of it.
    let (open, send) = ([1u8, 0, 3, 0], [2u8, 0, 0, 0]);
    let close = |mask: u8, away: u8| [3u8, mask, away];
    // The last statement to an answerer, and the last answers to the utility.
    let share = |number: u8| [4u8, (number - 1) + 8, 0, 0];
    let answers = [6u8, 0, 0, 6, 2, 0, 6, 4, 0];
    let games = vec![
        ("rounds", game(&[&[0], &round, &round, &[0, 2, 1], &[0, 0, 8]])),
        ("held", game(&[&[1], &round, &[0, 4, 0], &round, &[16], &round])),
        (
            "steps",
            game(&[&[0], &open, &send, &close(8, 8), &[6, 1, 0], &share(1), &share(2), &share(3), &answers]),
        ),
        ("held steps", game(&[&[1], &open, &send, &close(0, 0), &[6, 0, 0, 6, 0, 1]])),
        ("commitments", game(&[&[2], &[14, 1, 0, 0], &send, &close(8, 8), &round])),
        ("few commitments", game(&[&[2], &[14, 1, 0, 3], &[14, 1, 0, 1], &[14, 0, 0, 0], &round])),
        ("held commitments", game(&[&[0x12 | 1], &[14, 1, 0, 0], &round])),
        ("lists", game(&[&[2], &[14, 2, 14, 40], &[14, 2, 13, 40], &[14, 6, 0, 40], &[14, 0, 0, 0]])),
        ("restarts", game(&[&[0], &round, &[15, 0, 1], &round, &[15, 0, 0, 15, 1, 2], &[16], &round])),
        (
            "restart between",
            game(&[&[0], &open, &send, &[16], &close(8, 8), &[15, 0, 0], &share(1), &share(2), &share(3)]),
        ),
        (
            "again",
            game(&[&[0], &open, &send, &close(8, 8), &[7, 1, 1], &share(2), &share(3), &share(4), &answers]),
        ),
        (
            "changed",
            game(&[
                &[0],
                &open,
                &[2, 0, 2, 201],
                &send,
                &[2, 7, 0x80, 0],
                &close(8, 8),
                &[4, 4, 0, 1, 4, 4, 0, 3, 4, 4, 0, 4],
                &[6, 1, 9, 6, 0, 9],
            ]),
        ),
        (
            "liar",
            game(&[&[0], &[0, 0, 1], &[12, 0, 40, 0, 1], &[0, 0, 1], &[12, 0, 0, 2, 255, 12, 0, 3, 0, 1]]),
        ),
        ("lies", {
            let lie = [12u8, 0, 34, 0, 1];
            game(&[
                &[0],
                &open,
                &send,
                &close(1, 1),
                &share(4),
                &lie,
                &share(2),
                &share(3),
                &[6, 0, 0, 6, 2, 0],
            ])
        }),
        ("held liar", game(&[&[1], &round, &[12, 0, 40, 0, 1]])),
        (
            "equivocation",
            game(&[
                &[0],
                &[8, 3, 0, 0, 0, 12],
                &[9, 0, 8, 0, 12, 0, 0],
                &[8, 3, 0, 1, 0, 3],
                &[9, 0, 1, 4, 3, 0, 0],
                &[11, 0, 3, 11, 4, 3],
                &share(1),
                &share(2),
                &share(3),
                &share(4),
            ]),
        ),
        ("forged", {
            let forged: Vec<u8> = (0..8u8).flat_map(|how| [13, how, 9, 0, 1]).collect();
            game(&[
                &[0],
                &open,
                &forged,
                &[9, 0, 8, 16, 8, 0, 0],
                &[9, 0, 8, 48, 8, 0, 0],
                &send,
                &close(8, 8),
            ])
        }),
        ("another's", game(&[&[0], &open, &[13, 0, 0, 0, 0], &[13, 1, 0, 0, 0], &send, &close(8, 8)])),
        (
            "key asked for",
            game(&[&[1], &open, &[2, 8, 0, 0], &[13, 4, 0, 0, 0], &close(0, 0), &[6, 0, 0], &round, &round]),
        ),
        ("late", game(&[&[0], &[17, 7, 17, 7], &round, &[17, 0], &open, &[8, 0, 1, 0, 0, 0]])),
        ("ceremony", vec![3, 2, 3, 2, 3, 2, 3]),
        ("ceremony forged", vec![3, 0, 1, 3, 20, 0, 2, 3, 2, 0, 5, 3, 50, 1, 2, 3, 0, 9, 1, 9, 9, 2, 3]),
        ("answered before", game(&[&[1], &round, &[15, 0, 0], &[4, 0, 0, 0, 4, 4, 0, 0], &round])),
        ("ceremony other part", vec![3, 2, 3, 0, 5, 3, 200, 0, 0, 6, 1, 200, 0, 2, 3, 0, 9, 2, 2, 3]),
        ("ceremony early", vec![3, 0, 1, 0, 3]),
    ];
    let name =
        |(n, (name, bytes)): (usize, (&str, Vec<u8>))| (format!("{n:02}-{}", name.replace(' ', "-")), bytes);
    games.into_iter().enumerate().map(name).collect()
}
