//! A music shop's models over tables that Ommi did not make, and what is true of its data. The tables have other names
//! in each database, so models and checks are written once and made for each way of naming.

/// Makes a module of models and checks; `$table` and `$column` are the names in the database.
macro_rules! shop {
    (
        $name:ident,
        tables($artist:literal, $album:literal, $track:literal, $employee:literal, $customer:literal, $invoice:literal,
            $playlist:literal, $playlist_track:literal),
        columns($artist_id:literal, $name_column:literal, $album_id:literal, $title:literal, $track_id:literal,
            $composer:literal, $milliseconds:literal, $unit_price:literal, $employee_id:literal, $first_name:literal,
            $last_name:literal, $reports_to:literal, $customer_id:literal, $country:literal, $support_rep_id:literal,
            $invoice_id:literal, $invoice_date:literal, $billing_state:literal, $total:literal, $playlist_id:literal,
            $media_type_id:literal, $email:literal)
    ) => {
        pub(crate) mod $name {
            use bigdecimal::BigDecimal;
            use jiff::civil;
            use ommi::{ErrorKind, Model, prelude::*};

            #[derive(Model, Debug, Clone)]
            #[model(table = $artist)]
            pub(crate) struct Artist {
                #[model(key, auto, column = $artist_id)]
                id: i64,
                #[model(column = $name_column)]
                name: Option<String>,
                #[model(related)]
                albums: Every<Album>,
            }

            #[derive(Model, Debug, Clone)]
            #[model(table = $album)]
            pub(crate) struct Album {
                #[model(key, auto, column = $album_id)]
                id: i64,
                #[model(column = $title)]
                title: String,
                #[model(column = $artist_id, references(Artist::id))]
                artist_id: i64,
                #[model(related)]
                artist: The<Artist>,
                #[model(related)]
                tracks: Every<Track>,
            }

            #[derive(Model, Debug, Clone)]
            #[model(table = $track)]
            pub(crate) struct Track {
                #[model(key, auto, column = $track_id)]
                id: i64,
                #[model(column = $name_column)]
                name: String,
                #[model(column = $album_id, references(Album::id))]
                album_id: Option<i64>,
                #[model(column = $media_type_id)]
                media_type_id: i64,
                #[model(column = $composer)]
                composer: Option<String>,
                #[model(column = $milliseconds)]
                milliseconds: i64,
                #[model(column = $unit_price)]
                unit_price: BigDecimal,
            }

            #[derive(Model, Debug, Clone)]
            #[model(table = $employee)]
            pub(crate) struct Employee {
                #[model(key, auto, column = $employee_id)]
                id: i64,
                #[model(column = $first_name)]
                first_name: String,
                #[model(column = $last_name)]
                last_name: String,
                #[model(column = $reports_to, references(Employee::id))]
                reports_to: Option<i64>,
            }

            #[derive(Model, Debug, Clone)]
            #[model(table = $customer)]
            pub(crate) struct Customer {
                #[model(key, auto, column = $customer_id)]
                id: i64,
                #[model(column = $first_name)]
                first_name: String,
                #[model(column = $last_name)]
                last_name: String,
                #[model(column = $email)]
                email: String,
                #[model(column = $country)]
                country: Option<String>,
                #[model(column = $support_rep_id, references(Employee::id))]
                support_rep_id: Option<i64>,
            }

            #[derive(Model, Debug, Clone)]
            #[model(table = $invoice)]
            pub(crate) struct Invoice {
                #[model(key, auto, column = $invoice_id)]
                id: i64,
                #[model(column = $customer_id, references(Customer::id))]
                customer_id: i64,
                #[model(column = $invoice_date)]
                date: civil::DateTime,
                #[model(column = $billing_state)]
                state: Option<String>,
                #[model(column = $total)]
                total: BigDecimal,
            }

            #[derive(Model, Debug, Clone)]
            #[model(table = $playlist)]
            pub(crate) struct Playlist {
                #[model(key, auto, column = $playlist_id)]
                id: i64,
                #[model(column = $name_column)]
                name: Option<String>,
            }

            #[derive(Model, Debug, Clone)]
            #[model(table = $playlist_track)]
            pub(crate) struct PlaylistTrack {
                #[model(key, column = $playlist_id, references(Playlist::id))]
                playlist_id: i64,
                #[model(key, column = $track_id, references(Track::id))]
                track_id: i64,
            }

            fn decimal(text: &str) -> BigDecimal {
                text.parse().unwrap()
            }

            /// Everything that is true of the shop's data.
            pub(crate) async fn check(db: &Ommi) -> ommi::Result<()> {
                db.use_models(ommi::models![
                    Artist,
                    Album,
                    Track,
                    Employee,
                    Customer,
                    Invoice,
                    Playlist,
                    PlaylistTrack
                ])
                .await?;
                rows(db).await?;
                text(db).await?;
                numbers_and_times(db).await?;
                other_models(db).await?;
                relations(db).await?;
                writes(db).await
            }

            async fn rows(db: &Ommi) -> ommi::Result<()> {
                assert_eq!(db.find::<Artist>().count().await?, 275);
                assert_eq!(db.find::<Track>().count().await?, 3503);
                assert_eq!(db.find::<PlaylistTrack>().count().await?, 8715);
                assert_eq!(db.find::<Track>().filter(Track::COMPOSER.is_null()).count().await?, 977);
                let first = db
                    .find::<Track>()
                    .order_by(Track::COMPOSER.asc())
                    .order_by(Track::ID.asc())
                    .first()
                    .await?;
                assert_eq!(first.unwrap().composer, None, "NULL comes first");
                let boss = db.find::<Employee>().filter(Employee::REPORTS_TO.is_null()).one().await?;
                assert_eq!((boss.id, boss.first_name.as_str()), (1, "Andrew"));
                assert_eq!(db.get::<PlaylistTrack>((1, 3402)).await?.track_id, 3402);
                Ok(())
            }

            async fn text(db: &Ommi) -> ommi::Result<()> {
                let names = |customers: Vec<Customer>| -> Vec<String> {
                    customers
                        .into_iter()
                        .map(|customer| format!("{} {}", customer.first_name, customer.last_name))
                        .collect()
                };
                let brazil = db
                    .find::<Customer>()
                    .filter(Customer::COUNTRY.eq("Brazil"))
                    .order_by(Customer::LAST_NAME.asc())
                    .all()
                    .await?;
                let expected = [
                    "Roberto Almeida",
                    "Luís Gonçalves",
                    "Eduardo Martins",
                    "Fernanda Ramos",
                    "Alexandre Rocha",
                ];
                assert_eq!(names(brazil), expected);
                assert_eq!(db.find::<Customer>().filter(Customer::COUNTRY.eq("brazil")).count().await?, 0);
                assert_eq!(db.find::<Customer>().filter(Customer::COUNTRY.ilike("BRAZIL")).count().await?, 5);
                assert_eq!(db.find::<Artist>().filter(Artist::NAME.contains("ã")).count().await?, 7);
                assert_eq!(db.find::<Artist>().filter(Artist::NAME.regex(r"ã\b")).count().await?, 0);
                let like: Vec<i64> = db
                    .find::<Track>()
                    .filter(Track::NAME.like("B_ll%"))
                    .order_by(Track::ID.asc())
                    .limit(5)
                    .all()
                    .await?
                    .iter()
                    .map(|track| track.id)
                    .collect();
                assert_eq!(like, [2, 898, 2495, 3002, 3102]);
                Ok(())
            }

            async fn numbers_and_times(db: &Ommi) -> ommi::Result<()> {
                let large: Vec<_> = db
                    .find::<Invoice>()
                    .filter(Invoice::TOTAL.gt(decimal("20")))
                    .order_by(Invoice::ID.asc())
                    .all()
                    .await?
                    .into_iter()
                    .map(|invoice| (invoice.id, invoice.total))
                    .collect();
                let expected = [(96, "21.86"), (194, "21.86"), (299, "23.86"), (404, "25.86")];
                assert_eq!(large, expected.map(|(id, total)| (id, decimal(total))));
                let (start, end) =
                    (civil::date(2021, 2, 1).at(0, 0, 0, 0), civil::date(2021, 2, 28).at(23, 59, 59, 0));
                assert_eq!(db.find::<Invoice>().filter(Invoice::DATE.between(start, end)).count().await?, 7);
                let first = db.get::<Invoice>(1).await?;
                assert_eq!(first.date, civil::date(2021, 1, 1).at(0, 0, 0, 0));
                assert_eq!(first.customer_id, 2);
                let long = Track::MILLISECONDS / 60_000;
                assert_eq!(db.find::<Track>().filter(long.ge(10)).count().await?, 260);
                Ok(())
            }

            async fn other_models(db: &Ommi) -> ommi::Result<()> {
                let of_artist = db.find::<Track>().filter(Artist::NAME.eq("AC/DC"));
                assert_eq!(of_artist.count().await?, 18);
                let helped = db.find::<Customer>().filter(Employee::LAST_NAME.eq("Peacock"));
                assert_eq!(helped.count().await?, 21);
                let lists: Vec<i64> = db
                    .find::<Playlist>()
                    .filter(PlaylistTrack::TRACK_ID.eq(1))
                    .order_by(Playlist::ID.asc())
                    .all()
                    .await?
                    .iter()
                    .map(|list| list.id)
                    .collect();
                assert_eq!(lists, [1, 8, 17]);
                Ok(())
            }

            async fn relations(db: &Ommi) -> ommi::Result<()> {
                let artist =
                    db.find::<Artist>().filter(Artist::NAME.eq("AC/DC")).with(Artist::ALBUMS).one().await?;
                let albums = artist.albums.loaded().unwrap();
                assert_eq!(albums.len(), 2);
                let mut tracks = 0;
                for album in albums {
                    assert_eq!(album.artist_id, artist.id);
                    assert_eq!(album.artist.load(db).await?.id, artist.id);
                    tracks += album.tracks.load(db).await?.len();
                }
                assert_eq!(tracks, 18);
                Ok(())
            }

            async fn writes(db: &Ommi) -> ommi::Result<()> {
                let tx = db.transaction().begin().await?;
                let doubled = tx
                    .find::<Track>()
                    .update(Track::UNIT_PRICE.set(Track::UNIT_PRICE * decimal("2")))
                    .await?;
                assert_eq!(doubled, 3503);
                assert_eq!(tx.get::<Track>(1).await?.unit_price, decimal("1.98"));
                tx.rollback().await?;
                assert_eq!(db.get::<Track>(1).await?.unit_price, decimal("0.99"));

                let mut artist = Artist { name: Some("Ada & the Engines".into()), ..Artist::new() };
                db.add(&mut artist).await?;
                assert_eq!(artist.id, 276, "the table's own generator goes on");
                let orphan =
                    db.add(&mut Album { title: "Notes".into(), artist_id: 1000, ..Album::new() }).await;
                assert_eq!(orphan.unwrap_err().kind(), ErrorKind::ForeignKeyViolation);
                let needed = db.find::<Artist>().filter(Artist::ID.eq(1)).delete().await;
                assert_eq!(needed.unwrap_err().kind(), ErrorKind::ForeignKeyViolation);
                db.delete(&artist).await
            }
        }
    };
}

shop!(
    pascal,
    tables("Artist", "Album", "Track", "Employee", "Customer", "Invoice", "Playlist", "PlaylistTrack"),
    columns(
        "ArtistId",
        "Name",
        "AlbumId",
        "Title",
        "TrackId",
        "Composer",
        "Milliseconds",
        "UnitPrice",
        "EmployeeId",
        "FirstName",
        "LastName",
        "ReportsTo",
        "CustomerId",
        "Country",
        "SupportRepId",
        "InvoiceId",
        "InvoiceDate",
        "BillingState",
        "Total",
        "PlaylistId",
        "MediaTypeId",
        "Email"
    )
);

shop!(
    snake,
    tables("artist", "album", "track", "employee", "customer", "invoice", "playlist", "playlist_track"),
    columns(
        "artist_id",
        "name",
        "album_id",
        "title",
        "track_id",
        "composer",
        "milliseconds",
        "unit_price",
        "employee_id",
        "first_name",
        "last_name",
        "reports_to",
        "customer_id",
        "country",
        "support_rep_id",
        "invoice_id",
        "invoice_date",
        "billing_state",
        "total",
        "playlist_id",
        "media_type_id",
        "email"
    )
);
